"""The command serve: runs the deployments for the Prefect UI and serves the reports, from one process."""

import os
from contextlib import ExitStack, chdir
from typing import Annotated

import typer

from cli.console import err, out, print_log_lines
from cli.server import start_server
from cli.site_server import HOST, open_port, serve_from_thread
from pedigree.errors import CommandError
from pedigree.system.interrupt import let_signals_pass, wait_for_signal
from pedigree.workspace import Workspace, find_workspace

# Settings of cli.main.ENVIRONMENT that would hide the log lines of a served run.
LOG_SETTINGS = {"PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "WARNING", "PREFECT_RUNNER_POLL_FREQUENCY": "1"}


def add_to(app: typer.Typer) -> None:
    """Add this group's command."""
    app.command()(serve)


def serve(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the Prefect server, if none is running.")] = 4200,
    reports_port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the reports.")] = 4210,
    limit: Annotated[int, typer.Option(min=1, max=64, help="Runs at once; more wait.")] = 2,
    reports_only: Annotated[bool, typer.Option(help="Serve only the reports, beside workers of a work pool.")] = False,
) -> None:
    """Serve the deployments of prefect.yaml to the Prefect UI, and the reports, on this machine until Ctrl+C."""
    workspace = find_workspace()
    if port == reports_port and not reports_only:
        raise CommandError(f"--port and --reports-port are both {port}", expected="two ports")
    print_log_lines()
    os.environ.update(LOG_SETTINGS)
    let_signals_pass()  # SIGTERM, too, stops what was started
    with ExitStack() as stack, chdir(workspace.root):
        reports = serve_reports(workspace, reports_port, stack)
        if reports_only:
            out.print(f"reports      {reports}\nstop with    Ctrl+C", markup=False)
            wait_for_signal()
        os.environ["PEDIGREE_REPORTS_URL"] = reports.rstrip("/")
        ui = stack.enter_context(start_server(port))
        from flows.dead_runs import tell_dead_runs
        from flows.deployments import read_deployments
        from flows.deployments import serve as serve_deployments

        deployments = read_deployments(workspace.root)

        def print_addresses() -> None:
            names = ", ".join(f"{deployment.flow_name}/{deployment.name}" for deployment in deployments)
            out.print(
                f"Prefect UI   {ui}/deployments\nreports      {reports}\ndeployments  {names}\n"
                f"in a shell   export DO_NOT_TRACK=1 PREFECT_API_URL={ui}/api\nstop with    Ctrl+C",
                markup=False,
            )

        tell_dead_runs(workspace)  # whose process was killed with the last 'pedigree serve'
        serve_deployments(deployments, limit, print_addresses)
    err.print("stopped; schedules are paused until 'pedigree serve' runs again", markup=False)


def serve_reports(workspace: Workspace, port: int, stack: ExitStack) -> str:
    """Serve the reports from a thread until the stack unwinds; return their address."""
    from pedigree.provenance.trace import trace_row
    from pedigree.provenance.trace_text import format_chain
    from pedigree.report.reports_site.site import build_site

    def trace(dataset: str, row_id: str, commit: str | None) -> str:
        return format_chain(trace_row(workspace, row_id, commit, dataset), styled=False).plain

    bound = open_port(port, "--reports-port", stack)
    serve_from_thread(build_site(workspace, trace), bound, stack)
    return f"http://{HOST}:{port}/"
