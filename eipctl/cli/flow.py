"""How every command that changes something runs: plan, show, ask, let the engine carry out, report."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import typer

from eipctl.base.codes import Code
from eipctl.base.errors import EipctlError, ExitCode, UsageError, worst
from eipctl.cli import streams

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from eipctl.cli.connection import Changing, Connected
    from eipctl.domain.plan import Step
    from eipctl.engine.execute import Report, Result
    from eipctl.engine.prepared import Prepared
    from eipctl.engine.session import Session
    from eipctl.output.console import Console, Line
    from eipctl.output.events import Events


Wanted = TypeVar("Wanted")


def open_session(options: Connected, **more: Any) -> Session:
    """A session as the common options say; nothing is sent yet."""
    from eipctl.engine.session import Session, Settings

    names = ("kubeconfig", "context", "profile", "region", "endpoint_url", "endpoint_type", "timeout", "price_file")
    given = {name: getattr(options, name) for name in names}
    session = Session(Settings(acting=options.acting, **given | more))
    options.record.sessions.append(session)
    if options.console.verbose:
        from eipctl.output.calls import call_log

        session.pacer.listeners.append(call_log(options.console))
    return session


def change(
    command: str,
    options: Changing,
    prepare: Callable[[Session, Wanted], Prepared],
    wanted: Wanted,
    *,
    concurrency: int = 16,
    lock_timeout: float | None = None,
    **settings: Any,
) -> NoReturn:
    """Run a command that changes something; ends in typer.Exit with the contract's code."""
    if not (options.yes or options.only_plans or sys.stdin.isatty()):
        raise UsageError(
            Code.NO_TERMINAL,
            f"eipctl {command} asks for confirmation before it changes anything, but there is no terminal",
            hint="add --yes to proceed, or --dry-run to see the plan only",
        )
    if options.exit_code and not options.only_plans:
        raise UsageError(
            Code.USAGE,
            "--exit-code reports pending changes, but this run carries them out",
            hint="add --dry-run, or omit --exit-code",
        )
    from eipctl.engine.run import announce, carry_out

    session = open_session(options, **settings)
    prepared = options.record.prepared = prepare(session, wanted)
    result = None
    if options.out is not None:
        _save(options.out, prepared, wanted)
    if not options.only_plans and not prepared.plan.empty:
        _show(options, prepared)
        _ask(options, prepared)
        result = options.record.result = carry_out(
            session,
            prepared,
            again=lambda: prepare(session, wanted),
            around=_Screen(options, session),
            concurrency=concurrency,
            lock_timeout=lock_timeout,
            audit_log=options.audit_log,
            standing_by=_said_once(options.console),
        )
    unheard = () if options.only_plans else announce(session, prepared, options.audit_log)
    problems = (*prepared.problems, *unheard)
    code = worst(*(error.exit for error in problems), result.exit) if result else None
    with streams.result_of_run(options.console, code):
        _tell(command, options, prepared, result, unheard)


def _said_once(console: Console) -> Callable[[str], None]:
    """Says which run the Lease is waited for, once each."""
    from eipctl.output.console import plain

    said: set[str] = set()

    def standing_by(holder: str) -> None:
        if holder and holder not in said:
            said.add(holder)
            console.say(plain(f"waiting for the Lease, which {holder} holds"))

    return standing_by


def _save(name: str, prepared: Prepared, wanted: object) -> None:
    """Write the plan, whole or not at all, readable by its owner only."""
    from eipctl.base.files import replace_file
    from eipctl.commands.apply import saved_text

    try:
        replace_file(Path(name), saved_text(prepared, wanted), mode=0o600)
    except OSError as error:
        raise UsageError(
            Code.PLAN_FILE, f"the plan can't be saved as {name}: {error.strerror}", hint="choose another --out"
        ) from error


class _Screen:
    """Shows each round of a run, and from the second on its plan first: the first one was shown to be asked about."""

    def __init__(self, options: Changing, session: Session) -> None:
        self._options, self._session = options, session
        self._shown = 0

    @contextmanager
    def __call__(self, prepared: Prepared) -> Iterator[Report]:
        from eipctl.engine.call_time import seconds_left
        from eipctl.output.progress import progress

        if self._shown:
            _show(self._options, prepared)
        self._shown += 1
        left = partial(seconds_left, self._session.pacer)
        with progress(self._options.console, prepared.plan, left, awaits=prepared.awaits) as shown:
            events = _events(self._options)
            if events:
                events.plan(prepared.plan)

            def ended(step: Step) -> None:
                shown(step)
                if events:
                    events.step(step)

            yield ended


def _events(options: Changing) -> Events | None:
    """Where steps are written as they end; None unless -o jsonl is given."""
    from eipctl.output.envelope import Format
    from eipctl.output.events import Events

    return Events(options.console) if options.output.format is Format.JSONL else None


def _show(options: Changing, prepared: Prepared) -> None:
    """Before anything is done: beside the answer, for the answer is what was done."""
    if options.output.for_people or not options.yes:
        options.console.say(*_plan(options, prepared))


def _ask(options: Changing, prepared: Prepared) -> None:
    if options.yes:
        return
    if not _confirmed(f"Go ahead{_where(dict(prepared.target))}?"):
        raise UsageError(Code.NOT_CONFIRMED, "not confirmed; nothing was changed")


def _plan(options: Changing, prepared: Prepared) -> list[Line]:
    from eipctl.output.plan_text import plan_lines

    return plan_lines(prepared, verbose=bool(options.console.verbose), full=options.full)


def _confirmed(question: str) -> bool:
    """The end of the input (Ctrl-D) is a no; whatever ends the question, what follows begins a new line."""
    answered = False
    try:
        confirmed = typer.confirm(question, err=True)
        answered = True
    except typer.Abort:
        return False
    finally:
        if not answered:
            typer.echo(err=True)
    return confirmed


def _where(target: Mapping[str, str]) -> str:
    """Target in the question, so that clusters, accounts and the sandbox are not confused."""
    words = {"cluster": "on cluster", "context": "in context", "account": "of account", "region": "in region"}
    parts = [f"{word} {target[name]}" for name, word in words.items() if name in target]
    return "".join(f" {part}" for part in [*parts, *([f"at {target['endpoint']}"] if "endpoint" in target else [])])


def _tell(
    command: str, options: Changing, prepared: Prepared, result: Result | None, unheard: tuple[EipctlError, ...]
) -> NoReturn:
    errors: Sequence[EipctlError] = (*prepared.problems, *(result.errors if result else ()), *unheard)
    codes = [error.exit for error in (*prepared.problems, *unheard)] + ([result.exit] if result else [])
    if options.exit_code and options.only_plans and not prepared.plan.empty:
        codes.append(ExitCode.PENDING)
    code = worst(*codes)
    if not options.output.for_people:
        from eipctl.output.answer import CommandAnswer

        data = prepared.data(result if result or options.only_plans else _nothing(prepared))
        answer = CommandAnswer(command=command, code=code, data=data, errors=errors, rows="actions", named="object")
        events = _events(options)
        if events and result is None:
            events.plan(prepared.plan)
        if events:
            events.result(answer.enveloped())
        else:
            options.answer(answer)
    else:
        _tell_people(options, prepared, result, errors)
    raise typer.Exit(int(code))


def _nothing(prepared: Prepared) -> Result:
    from eipctl.engine.execute import Result

    return Result(prepared.plan, (), ())


def _tell_people(options: Changing, prepared: Prepared, result: Result | None, errors: Sequence[EipctlError]) -> None:
    from eipctl.output.errors import tell_all, tell_unserved
    from eipctl.output.plan_text import result_lines

    console = options.console
    if result is not None and (errors or not options.quiet):
        console.answer_lines(result_lines(result, brief=options.quiet))
    elif result is None and (options.only_plans or not options.quiet):
        console.answer_lines(_plan(options, prepared))
    if options.quiet:
        tell_unserved(console, (one for one in prepared.unserved if not one.waits))
    tell_all(console, errors, result.steps if result else ())
