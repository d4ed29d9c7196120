"""Fields of a recipe that select pictures of a data set. Does not import torch."""

from typing import Final, Protocol

MAX_CLASSES: Final = 1000


class Selection(Protocol):
    """Interface of `training.recipe.Recipe` for loading pictures."""

    @property
    def data(self) -> str:
        """`cifar10`, `digits`, or the path of a folder or zip of pictures."""

    @property
    def image_size(self) -> int:
        """Maximum side in pixels."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names to keep; empty means all."""

    @property
    def limit(self) -> int | None:
        """Maximum number of training pictures; None means no limit."""

    @property
    def limit_per_class(self) -> int | None:
        """Maximum number of training pictures per class; None means no limit."""

    @property
    def test_limit(self) -> int | None:
        """Maximum number of test pictures; None means no limit."""

    @property
    def best_by(self) -> str:
        """`test`, or `validation`, which holds out a tenth of the training pictures."""

    @property
    def seed(self) -> int:
        """Seed for held-out pictures and for those that a limit keeps."""
