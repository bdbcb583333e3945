"""That a challenger took over from the champion, with the evidence."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChampionChange:
    """A challenger took over.

    Attributes:
        champion: Who answers from now on.
        before: Who did.
        log_loss: Mean over the window that the new one would have had.
        log_loss_before: The same of the old one.
        judged: Answers judged so far.
    """

    champion: str
    before: str
    log_loss: float
    log_loss_before: float
    judged: int

    def __str__(self) -> str:
        return (
            f"{self.champion} answers instead of {self.before}: judged by {self.judged:,} answers, its "
            f"log-loss would have been {self.log_loss:.4f}, not {self.log_loss_before:.4f}"
        )
