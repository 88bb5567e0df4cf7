"""Rollouts made visible: tokens coloured by the advantage that was trained on, or by the entropy at each token.

Blue was made likelier, orange was made less likely. An advantage of GRPO belongs to a whole rollout, so all its tokens
share one tint; those of PPO and REINFORCE++ have their own. The number always stands beside the colour.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Sequence

from oneshot_rlvr.report.run_files import KeptRollout
from oneshot_rlvr.terminal import printable
from oneshot_rlvr.types import Grade

if TYPE_CHECKING:
    from rich.text import Text

FULL_TINT = 2.5  # advantage that gets the deepest colour: about one right or wrong among eight
FULL_ENTROPY = 1.5  # nats that get the deepest colour
OPEN_ENTROPY = 0.5  # nats above which a token counts as a choice, and is underlined
HEAD_TOKENS, TAIL_TOKENS = 420, 180  # tokens of a long rollout that a report shows
TERMINAL_SHADES = ("", "on #4a3a1e", "on #6e4a16", "on #96580e", "on #c06400")
BACKGROUND_UP, BACKGROUND_DOWN = ("#16324a", "#1b4b73", "#0067a8"), ("#45260f", "#743a10", "#b84c00")


def visible(text: str) -> str:
    """Writes control characters as escapes (a response must not steer the terminal) and marks line breaks."""
    return "↵\n".join(map(printable, text.split("\n")))


def advantage_words(rollout: KeptRollout) -> str:
    """Says what training did with a rollout."""
    if rollout.advantage == 0:
        return "advantage 0: no policy gradient"
    return f"advantage {rollout.advantage:+.3f}: made {'likelier' if rollout.advantage > 0 else 'less likely'}"


def headline(rollout: KeptRollout) -> str:
    """Names a rollout and what it earned, on one line."""
    response = rollout.rollout
    grade, wanted = response.grade or Grade(None, None, ""), response.task.problem.answer
    found = "nothing" if grade.extracted is None else grade.extracted
    reward = "none (grading failed)" if response.reward is None else f"{response.reward:g}"
    cut = ", cut at the limit" if response.finish_reason == "length" else ""
    return (
        f"step {rollout.step}, group {rollout.group}, rollout {response.index} · "
        f"example {printable(rollout.example)} · reward {reward} · {advantage_words(rollout)} · "
        f"answer {printable(found)}, wanted {printable(wanted)} ({printable(grade.reason)}) · "
        f"{len(rollout.tokens)} tokens{cut}"
    )


def tint(advantage: float) -> float:
    """Chooses the opacity of an advantage's colour, 0.08 to 0.6; 0 for an advantage of 0."""
    return 0.0 if advantage == 0 else 0.08 + 0.52 * min(1.0, abs(advantage) / FULL_TINT)


@dataclass(frozen=True, slots=True)
class Piece:
    """A token, or the gap left by those that are not shown (`entropy` and `logprob` None)."""

    text: str
    entropy: float | None = None
    logprob: float | None = None
    advantage: float | None = None  # advantage of this token alone
    gap: bool = False

    @property
    def kind(self) -> str:
        """The class of the token on a page."""
        is_choice = self.entropy is not None and self.entropy >= OPEN_ENTROPY
        return "gap" if self.gap else "open" if is_choice else ""

    @property
    def style(self) -> str:
        """The custom properties that the style sheet mixes colours from."""
        styles = []
        if self.advantage is not None:
            styles += [f"--a:{tint(self.advantage):.2f}", f"--c:var(--{'good' if self.advantage > 0 else 'bad'})"]
        if self.entropy is not None:
            styles.append(f"--e:{min(1.0, self.entropy / FULL_ENTROPY) * 0.7:.2f}")
        return ";".join(styles)

    @property
    def numbers(self) -> str:
        """The token's numbers in words."""
        words = [f"advantage {self.advantage:+.2f}"] if self.advantage is not None else []
        if self.entropy is not None:
            words.append(f"entropy {self.entropy:.2f} nats")
            words += [] if self.logprob is None else [f"log-probability {self.logprob:.2f}"]
        return ", ".join(words)


def pieces(rollout: KeptRollout, shorten: bool = False) -> list[Piece]:
    """Lists tokens with their numbers; a long rollout loses its middle if `shorten`."""
    logprobs = rollout.rollout.logprobs
    tokens = [
        Piece(
            visible(token),
            rollout.entropies[i] if i < len(rollout.entropies) else None,
            logprobs[i] if i < len(logprobs) else None,
            rollout.advantages[i] if i < len(rollout.advantages) else None,
        )
        for i, token in enumerate(rollout.tokens)
    ]
    if not shorten or len(tokens) <= HEAD_TOKENS + TAIL_TOKENS:
        return tokens
    left_out = len(tokens) - HEAD_TOKENS - TAIL_TOKENS
    gap = Piece(f"\n[{left_out} tokens not shown; rlvr show has them all]\n", gap=True)
    return [*tokens[:HEAD_TOKENS], gap, *tokens[-TAIL_TOKENS:]]


@dataclass(frozen=True, slots=True)
class Card:
    """A rollout as a page shows it."""

    headline: str
    prompt: str
    direction: str  # up (made likelier), down (made less likely) or level
    tint: float  # opacity of the advantage's colour
    pieces: Sequence[Piece]


def card(rollout: KeptRollout, shorten: bool = False) -> Card:
    """Describes a rollout for a page."""
    direction = "up" if rollout.advantage > 0 else "down" if rollout.advantage < 0 else "level"
    shown = pieces(rollout, shorten)
    return Card(headline(rollout), visible(rollout.rollout.task.prompt), direction, tint(rollout.advantage), shown)


def terminal_rollout(rollout: KeptRollout, colour: str) -> "Text":
    """Writes the line about a rollout and its tokens; without colours the text is the same."""
    from rich.text import Text

    text = Text(headline(rollout) + "\n", style="bold")
    for piece in pieces(rollout):
        style = _background(rollout.advantage if piece.advantage is None else piece.advantage)
        if colour == "entropy":
            share = 0.0 if piece.entropy is None else min(1.0, piece.entropy / FULL_ENTROPY)
            style = TERMINAL_SHADES[round(share * (len(TERMINAL_SHADES) - 1))]
        text.append(piece.text, style=f"not bold white {style}" if style else "not bold")
    return text


def _background(advantage: float) -> str:
    if advantage == 0:
        return ""
    depth = min(2, int(abs(advantage) / FULL_TINT * 3))
    return f"on {(BACKGROUND_UP if advantage > 0 else BACKGROUND_DOWN)[depth]}"


def best_and_worst(rollouts: Sequence[KeptRollout], count: int = 1) -> list[KeptRollout]:
    """Chooses the `count` highest and lowest advantages (best first), each rollout once."""
    ordered = sorted(rollouts, key=lambda r: (-r.advantage, r.group, r.rollout.index))
    return ordered if len(ordered) <= 2 * count else ordered[:count] + ordered[-count:]
