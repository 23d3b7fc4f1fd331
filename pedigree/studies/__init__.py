"""Studies: many datasets that differ in task, strategy, model, size and seed, made and compared as one."""
