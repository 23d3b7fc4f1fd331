"""The custom provider of LiteLLM for the models ``offline/...`` and ``replay/FILE``, which run in this process."""

from typing import Any

from pedigree.job import Job
from pedigree.models.offline.model import answer as answer_offline
from pedigree.models.replay import answer_replay


def make_handler(litellm: Any, job: Job) -> Any:
    """Return the custom provider for the models of a job; ``litellm`` is the imported module."""

    class LocalModel(litellm.CustomLLM):
        """Answers requests for offline/... and replay/FILE."""

        async def acompletion(self, model, messages, model_response, optional_params, litellm_params, **_):
            parameters = {
                key: value for key, value in optional_params.items() if key not in {"pedigree", "max_retries"}
            }
            prompt = optional_params["pedigree"]["prompt"]
            if litellm_params["custom_llm_provider"] == "replay":
                said = answer_replay(
                    job.workspace.resolve_inside(model), prompt.slot.generator.replay, messages, prompt.sample
                )
            else:
                said = answer_offline(messages, parameters, prompt.sample, prompt.slot.generator.draw)
            model_response.id = f"{prompt.slot.generator.model.split('/')[0]}-{prompt.completion_id[:16]}"
            model_response.model = model
            model_response.choices[0].message.content = said.text
            model_response.choices[0].finish_reason = said.finish_reason
            total = said.tokens_in + said.tokens_out
            model_response.usage = litellm.Usage(
                prompt_tokens=said.tokens_in, completion_tokens=said.tokens_out, total_tokens=total
            )
            return model_response

    return LocalModel()
