"""Which pictures of a data set are asked for. Importing this is light: no torch."""

from typing import Final, Protocol

MAX_CLASSES: Final = 1000


class Selection(Protocol):
    """The fields of a recipe that decide on pictures."""

    @property
    def data(self) -> str:
        """`cifar10`, `digits`, or the path of a folder or zip of pictures."""

    @property
    def image_size(self) -> int:
        """Pixels a side at most."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names to keep; empty keeps all."""

    @property
    def limit(self) -> int | None:
        """Training pictures in all; None keeps all."""

    @property
    def limit_per_class(self) -> int | None:
        """Training pictures of each class; None keeps all."""

    @property
    def test_limit(self) -> int | None:
        """Test pictures in all; None keeps all."""

    @property
    def best_by(self) -> str:
        """`test`, or `validation`: a tenth of the training pictures is then kept aside."""

    @property
    def seed(self) -> int:
        """Decides which pictures are kept aside, and which a limit keeps."""
