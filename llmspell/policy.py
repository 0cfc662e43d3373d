"""Policy: what files say of what a spell may touch; what a person says on the command line is handed in, and wins.

Two files say it in the same words: the person's own, and that of the project, which comes with a clone. So what the
project's denies, and where it is stricter, always counts; what it grants, or loosens, counts once the person has
trusted the folder at that content.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from llmspell import settings, toml
from llmspell.project import MARK, Project
from llmspell.remembered import Grant, Grants, Trust, Trusted, difference, flat, home, same, told
from llmspell.sections import Item
from llmspell.security.profile import NAMES, UNREAD, Profile
from llmspell.security.rules import KINDS, Kind, Mode, Rule, Rules
from llmspell.security.taint import SINKS, Sinks
from llmspell.settings import Said, Security
from llmspell.spell import Spell
from llmspell.surroundings import Layer, Surroundings, named
from llmspell.vault import Vault
from llmspell.wording import clip, visible

USUAL = "medium"
"""The profile of a local file that no person and no file has chosen another one for."""

CONFIG = "config.toml"
REMEMBERED = "you, remembered"
"""The source of a rule that a person has answered with `always`."""

_GENERAL: tuple[Mode, ...] = ("all", "project", "declared")
"""Modes in which what is granted to every spell counts; any other gives only what is given to the spell by its name."""

_SHOWN = 200  # characters of a line about a file that people are shown


@dataclass(frozen=True)
class Policy:
    """What files say: nothing, unless given.

    Args:
        project: whose file it is.
        own: what the person's own file says.
        theirs: what the file of the project says.
        name: of the person's own file, for people.
        trust: what the person has agreed to of the project; None if nothing.
        content: a hash of the file of the project.
        grants: what spells were allowed for good; None if nothing is remembered.
        around: reads what the folders above say, and those between the project and a spell; None if nothing does.
    """

    project: Project = field(default_factory=lambda: Project(Path("/")))
    own: Security = field(default_factory=Security)
    theirs: Security = field(default_factory=Security)
    name: str = CONFIG
    trust: Trust | None = None
    content: str = ""
    grants: Grants | None = None
    around: Surroundings | None = None

    @classmethod
    def of(cls, project: Project, environ: Mapping[str, str]) -> "Policy":
        """Return what the files of the person and of a project say.

        Raises:
            ConfigError: one of them is wrong, naming the line.
        """
        theirs = toml.read(project.root / MARK, MARK, links=False)
        return cls(
            project,
            _own(environ),
            Security() if theirs is None else settings.of_project(theirs),
            told(home(environ) / CONFIG, environ),
            None if theirs is None else Trusted(environ).of(project.root),
            "" if theirs is None else hashlib.sha256(theirs.text.encode()).hexdigest(),
            Grants(environ),
            Surroundings(environ),
        )

    # -- the profile --------------------------------------------------------------------------------------------------

    def choose(self, spell: Spell, given: str | None = None, default: str = USUAL) -> Profile:
        """Return the profile of a spell, with what becomes of taint as the settings say it.

        Args:
            spell: what runs.
            given: the profile that the person has chosen on the command line.
            default: what it has where nobody says anything.

        Raises:
            ConfigError: there is no such profile, or it is wrong.
        """
        profile = Profile.load(given or self.profile(spell, default) or default)
        return replace(profile, taint=self.taint(profile, spell, given=given is not None))

    def profile(self, spell: Spell, default: str = USUAL) -> str | None:
        """Return the profile that files want for a spell; None if they want none.

        What the project's file wants counts if it is as strict as what holds without it; else the folder must be
        trusted, and the person's own file must not speak of this very spell, or of a folder that it is in. What other
        files above the spell want counts where it is stricter.

        Args:
            spell: what runs.
            default: what it has where nobody says anything: nothing loosens that for code that nobody has read.

        Raises:
            ConfigError: there is no such profile, or it is wrong.
        """
        if spell.path is None:
            return None
        found = self._nearest(spell, default)
        for layer in self._layers(spell):
            for wish in layer.wishes(spell.path):
                if _within(wish.value, found or default):
                    found = found if _within(found or default, wish.value) else wish.value
                    break
        return found

    def _nearest(self, spell: Spell, default: str) -> str | None:
        """Return the profile that the person's own file and the nearest one of a project want for a spell."""
        own, special = self._mine(spell), self._special(spell)
        holds = own.value if own is not None else default
        if default == UNREAD and not _within(holds, UNREAD):
            own, holds = None, default
        for wish in self._wishes(spell):
            if _within(wish.value, holds) or (self.trusted and special is None and default != UNREAD):
                return wish.value
        return None if own is None else own.value

    def beneath(self, profile: Profile, spell: Spell) -> Profile:
        """Return the profile of a spell that another one runs: of its parent's and the one for itself the stricter.

        Args:
            profile: of the parent.
            spell: what it runs.
        """
        wanted = self.profile(spell)
        found = profile if wanted is None else profile.stricter(Profile.load(wanted))
        inner = [layer for layer in self._layers(spell) if layer.root.is_relative_to(self.project.root)]
        taint = _strictest(found.taint, inner)
        return found if taint == found.taint else replace(found, taint=taint)

    def taint(self, profile: Profile, spell: Spell | None = None, *, given: bool = False) -> Sinks:
        """Return what becomes of calls that send or destroy, after a model has read untrusted data.

        What files say takes the place of what the profile says; but what is for unread code is only made stricter, and
        so is what a person has said, in their own file, by a profile of their own, or on the command line.

        Args:
            profile: what runs under.
            spell: what runs.
            given: whether the person has chosen the profile on the command line.
        """
        holds, own = profile.taint, self.own.taint
        mine = profile.name not in NAMES
        if own is not None and (_stricter(own, holds) or not (profile.base == UNREAD or (given and mine))):
            holds = own
        free = self.trusted and own is None and not given and not mine and profile.base != UNREAD
        if self.theirs.taint is not None and (free or _stricter(self.theirs.taint, holds)):
            holds = self.theirs.taint
        return _strictest(holds, self._layers(spell))

    def _wishes(self, spell: Spell) -> Iterator[Said]:
        """Yield the profiles that the project's file wants for a spell: for it alone, then for all."""
        special = self.theirs.chosen(self._inside(spell))
        yield from (said for said in (special, self.theirs.profile) if said is not None)

    def _special(self, spell: Spell) -> Said | None:
        """Return the profile that the person's own file wants for this very spell, or for a folder that it is in."""
        return None if spell.path is None else self.own.chosen(os.path.realpath(spell.path))

    def _mine(self, spell: Spell) -> Said | None:
        return self._special(spell) or self.own.profile

    def _layers(self, spell: Spell | None) -> list[Layer]:
        """Return what is said by files around the project, and around the spell; its own is none of them."""
        if self.around is None:
            return []
        folders = [self.project.root]
        if spell is not None and spell.path is not None:
            folders.append(Path(os.path.realpath(spell.path)).parent)
        return [layer for layer in self.around.of(*folders) if layer.root != self.project.root]

    # -- the rules ----------------------------------------------------------------------------------------------------

    def rules(
        self,
        profile: Profile,
        spell: Spell,
        *,
        allow: Mapping[Kind, Sequence[str]] | None = None,
        deny: Mapping[Kind, Sequence[str]] | None = None,
    ) -> Rules:
        """Return what a run of a spell may touch.

        Args:
            profile: its security profile.
            spell: what runs.
            allow: what the person allows on the command line.
            deny: what the person forbids there.

        Raises:
            ArgumentError: the profile never grants what the person allows, or a pattern is not one.
            ConfigError: what is remembered of the spell is damaged.
        """
        rules = replace(profile.rules(spell.manifest.allow, spell.language), denied={})
        for kind in KINDS:
            said = [Rule(pattern, f"--deny-{kind}") for pattern in (deny or {}).get(kind, ())]
            files = [rule for files_kind, rule in self._denied(spell) if files_kind == kind]
            mine = self._replaced(profile, spell).get(kind, ())
            rules = rules.deny(kind, [*said, *files, *mine, *profile.denied.get(kind, ())])
            if kind in (allow or {}):
                rules = rules.grant(kind, (allow or {})[kind], f"--allow-{kind}")
        for kind, rule, alone in self._allowed(spell):
            mode = profile.permissions[kind]
            if mode in _GENERAL or (alone and mode == "given"):
                rules = rules.grant(kind, [rule.pattern], rule.source, rule.place)
        return rules

    def restrained(self, rules: Rules, spell: Spell, profile: Profile) -> Rules:
        """Return the rules of a run for a spell that it runs: less by what files deny that one, and by its profile.

        Args:
            rules: of the run.
            spell: what it runs.
            profile: what `beneath` has returned for that.

        Raises:
            ArgumentError: a pattern is not one.
        """
        for security, path in self._files(spell):
            if (found := security.spell(path)) is not None:
                for kind, rule in _rules(found[1].denied, f"{named(found[0].written)} deny"):
                    rules = rules.deny(kind, [rule])
        for kind, rule in self._denied_around(spell):
            rules = rules if rule in rules.denied.get(kind, ()) else rules.deny(kind, [rule])
        return profile.narrow(rules)

    def _denied(self, spell: Spell) -> Iterator[tuple[Kind, Rule]]:
        for security, path in self._files(spell):
            yield from _rules(security.denied, "[deny]")
            if (found := security.spell(path)) is not None:
                yield from _rules(found[1].denied, f"{named(found[0].written)} deny")
        yield from self._denied_around(spell)

    def _denied_around(self, spell: Spell) -> Iterator[tuple[Kind, Rule]]:
        for layer in self._layers(spell):
            yield from layer.denied(spell.path)

    def _replaced(self, profile: Profile, spell: Spell) -> Mapping[Kind, Sequence[Rule]]:
        """Return what a profile of the person's own denies that one which a project wants has taken the place of."""
        mine = self._mine(spell)
        if mine is None or spell.path is None or mine.value in NAMES:
            return {}
        wanted = [*self._wishes(spell), *(said for each in self._layers(spell) for said in each.wishes(spell.path))]
        return Profile.load(mine.value).denied if profile.name in {said.value for said in wanted} else {}

    def _allowed(self, spell: Spell) -> Iterator[tuple[Kind, Rule, bool]]:
        """Yield what files grant, and whether they grant it to this spell by its name."""
        for security, path in self._files(spell):
            if security is self.theirs and not self.trusted:
                continue
            if (found := security.spell(path)) is not None:
                for kind, rule in _rules(found[1].allowed, f"{named(found[0].written)} allow"):
                    yield kind, rule, True
            for kind, rule in _rules(security.allowed, "[allow]"):
                yield kind, rule, False
        grant = self.grant(spell)
        if grant is not None and self.holds(grant, spell):
            for kind, rule in _rules(grant.rules, REMEMBERED):
                yield kind, rule, True

    def _files(self, spell: Spell) -> Iterator[tuple[Security, str]]:
        """Yield what each file says, and the path of a spell as that file would name it."""
        yield self.own, "" if spell.path is None else os.path.realpath(spell.path)
        yield self.theirs, self._inside(spell)

    def _inside(self, spell: Spell) -> str:
        return "" if spell.path is None else self.project.name(spell.path)

    # -- what a person has said for good ------------------------------------------------------------------------------

    @property
    def trusted(self) -> bool:
        """Whether the person has agreed to the file of the project as it is now."""
        return self.trust is not None and self.trust.content == self.content

    def grant(self, spell: Spell) -> Grant | None:
        """Return what was remembered of a spell, whether it holds or not.

        Raises:
            ConfigError: it is damaged.
        """
        return None if self.grants is None or spell.path is None else self.grants.of(spell.path)

    def moved(self, grant: Grant) -> bool:
        """Return whether paths began in another folder when something was remembered."""
        return grant.root != str(self.project.root)

    def holds(self, grant: Grant, spell: Spell) -> bool:
        """Return whether what was remembered of a spell is what it asks for now: the same, in the same folder."""
        return not self.moved(grant) and same(grant.declared, spell.manifest.allow)

    def remember(self, spell: Spell, granted: Mapping[Kind, Sequence[str]]) -> None:
        """Remember what a person has allowed a spell for good; of code that is in no file nothing can be.

        Raises:
            ConfigError: it cannot be written, or what was remembered is damaged.
        """
        if self.grants is not None and spell.path is not None:
            self.grants.add(spell.path, self.project.root, spell.manifest.allow, granted)

    def notes(self, spell: Spell, *, card: bool = False) -> list[str]:
        """Return lines for the person: what of these files does not count, and what would make it count.

        Args:
            spell: what runs.
            card: whether they are asked for what it declares, and shown how that has changed.
        """
        found = []
        wants = [] if self.trusted else self.wants()
        if wants:
            before = "" if self.trust is None else " has changed since you trusted it, and"
            found.append(f"{MARK}{before} grants what does not count until you trust it: llmspell trust")
        grant = self.grant(spell)
        if grant is not None and self.moved(grant):
            before, now = (clip(visible(root), _SHOWN) for root in (grant.root, str(self.project.root)))
            found.append(f"{visible(spell.name)} was allowed what it asks for in another folder, so that is void:")
            found += [f"  + paths begin in {now}", f"  - paths began in {before}"]
        elif grant is not None and not card and not self.holds(grant, spell):
            found.append(f"{visible(spell.name)} asks for other things than when you allowed it, so that is void:")
            lines = difference(flat(grant.declared), flat(spell.manifest.allow))
            found += [f"  {clip(line, _SHOWN)}" for line in lines]
        return found

    def wants(self) -> list[str]:
        """Return what the project's file grants or loosens: what needs trust, each in a line for people."""
        theirs, holds = self.theirs, self.own.profile.value if self.own.profile is not None else USUAL
        chosen = [("every spell", theirs.profile), *((name.written, said) for name, said in theirs.folders.items())]
        chosen += [(name.written, said.profile) for name, said in theirs.spells.items()]
        found = [
            f"{Profile.load(said.value).label}, for {visible(name)}"
            for name, said in chosen
            if said is not None and not _within(said.value, holds)
        ]
        if theirs.taint == "off" and self.own.taint is None:  # more it cannot loosen
            found.append(f'taint = "{theirs.taint}"')
        found += flat(_values(theirs.allowed))
        for name, special in theirs.spells.items():
            found += [f"{line}, for {visible(name.written)}" for line in flat(_values(special.allowed))]
        return found


def vault(environ: Mapping[str, str]) -> Vault:
    """Return the secrets of an environment, those among them that the person's own settings name.

    Raises:
        ConfigError: these settings are wrong.
    """
    return Vault(environ, _own(environ).secrets)


def _own(environ: Mapping[str, str]) -> Security:
    folder = home(environ)
    own = toml.read(folder / CONFIG, told(folder / CONFIG, environ))
    return Security() if own is None else settings.of_person(own, folder)


def _within(name: str, other: str) -> bool:
    """Return whether a profile is as strict as another one, but for what that denies, which is kept.

    Where both ship with llmspell their names tell it.
    """
    if name in NAMES and other in NAMES:
        return NAMES.index(name) >= NAMES.index(other)
    return Profile.load(name).within(replace(Profile.load(other), denied={}))


def _stricter(one: Sinks, other: Sinks) -> bool:
    return SINKS.index(one) > SINKS.index(other)


def _strictest(taint: Sinks, layers: Iterable[Layer]) -> Sinks:
    return max((taint, *(layer.said.taint or taint for layer in layers)), key=SINKS.index)


def _rules(found: Mapping[Kind, Sequence[Item]], source: str) -> Iterator[tuple[Kind, Rule]]:
    for kind, items in found.items():
        for item in items:
            yield kind, Rule(item.value, source, place=item.place)


def _values(found: Mapping[Kind, Sequence[Item]]) -> dict[str, list[str]]:
    return {kind: [item.value for item in items] for kind, items in found.items()}
