"""The tables of a rule file: `[[rule]]`, `[rule.when]`, `[rule.unless]`.

Owns their keys and turns them into rules as `router.routing` knows them. It must never open a file.
"""

from pydantic import Field

from router.config.base import Part
from router.config.fields import Day
from router.config.rulefields import Globs, Headers, Hours, Inboxes, Kinds, Limit, Mailboxes, Place, RuleName
from router.routing.rules import Conditions, Rule


class ConditionsTable(Part):
    """[rule.when] or [rule.unless]."""

    mailbox: Mailboxes | None = None
    from_: Globs | None = Field(None, alias="from")
    to: Globs | None = None
    subject: Globs | None = None
    body: Globs | None = None
    kind: Kinds | None = None
    header: Headers | None = None
    size: Limit | None = None
    hours: Hours | None = None

    def conditions(self) -> Conditions:
        """The same, as the rules take it."""
        return Conditions(**{name: getattr(self, name) for name in type(self).model_fields})


class RuleTable(Part):
    """One [[rule]]."""

    name: RuleName = Field(description='a name, such as "everything to the founders"')
    copy_to: Inboxes = ()
    withhold_from: Inboxes = ()
    folder: Place | None = None
    hold: bool = False
    vip: bool = False
    needs_answer: bool | None = None
    first_day: Day | None = None
    last_day: Day | None = None
    when: ConditionsTable | None = None
    unless: ConditionsTable | None = None

    def acts(self) -> bool:
        """Whether it does anything at all."""
        says = self.needs_answer is not None
        return bool(self.copy_to or self.withhold_from or self.folder or self.hold or self.vip or says)

    def rule(self, file: str) -> Rule:
        """The same, as the rules take it."""
        return Rule(
            name=self.name,
            file=file,
            copy_to=self.copy_to,
            withhold_from=self.withhold_from,
            folder=self.folder,
            hold=self.hold,
            vip=self.vip,
            needs_answer=self.needs_answer,
            first_day=self.first_day,
            last_day=self.last_day,
            when=self.when.conditions() if self.when else Conditions(),
            unless=self.unless.conditions() if self.unless else None,
        )
