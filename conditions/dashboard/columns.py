"""Column charts as numbers for an inline SVG: the template draws what is worked out here. Lengths are units of the view box."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

WIDTH, HEIGHT = 480, 200
LEFT, TOP, BOTTOM = 30, 18, 26  # for the scale, for a number above the highest column, for the names below
GAP = 0.3  # of a column's place
MOST_TICKS = 4


@dataclass(frozen=True)
class Series:
    """One of the parts that columns are made of; `tone` is a class of css/admin.css."""

    name: str
    tone: str


@dataclass(frozen=True)
class Column:
    """A column, its values in the order of the chart's series, from the bottom up; `tone` takes the place of the series' own."""

    name: str  # below it
    full_name: str  # in the table
    values: tuple[int, ...]
    tone: str = ""

    @property
    def total(self) -> int:
        return sum(self.values)


@dataclass(frozen=True)
class Bar:
    x: int
    y: int
    width: int
    height: int
    tone: str


@dataclass(frozen=True)
class Mark:
    """A short text at a place; of a tick also its line."""

    x: int
    y: int
    text: str


@dataclass(frozen=True)
class Chart:
    """`sentence` says what the chart says; `besides` are further rows of its table: (name, number)."""

    key: str
    title: str
    sentence: str
    series: tuple[Series, ...]
    columns: tuple[Column, ...]
    besides: tuple[tuple[str, int], ...] = field(default=())
    width, height, left = WIDTH, HEIGHT, LEFT

    @property
    def description(self) -> str:
        """Return the columns that hold something, in words."""
        told = [f"{column.full_name}: {column.total}" for column in self.columns if column.total]
        return "; ".join(told) + "." if told else "Every column is empty."

    @cached_property
    def step(self) -> int:
        """Return the distance of two ticks: 1, 2 or 5, times a power of ten."""
        highest = max((column.total for column in self.columns), default=0)
        power = 1
        while True:
            for factor in (1, 2, 5):
                if factor * power * MOST_TICKS >= highest:
                    return factor * power
            power *= 10

    @cached_property
    def top(self) -> int:
        """Return the value that the scale ends at."""
        highest = max((column.total for column in self.columns), default=0)
        return max(-(-highest // self.step), 1) * self.step

    def _y(self, value: int) -> int:
        return round(HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * value / self.top)

    @cached_property
    def ticks(self) -> list[Mark]:
        return [Mark(LEFT - 6, self._y(value), str(value)) for value in range(0, self.top + 1, self.step)]

    def _places(self) -> Iterable[tuple[Column, float, float]]:
        """Yield (column, where its place begins, how wide it is)."""
        place = (WIDTH - LEFT) / max(len(self.columns), 1)
        for number, column in enumerate(self.columns):
            yield column, LEFT + number * place, place

    @cached_property
    def bars(self) -> list[Bar]:
        found = []
        for column, begin, place in self._places():
            below = 0
            for series, value in zip(self.series, column.values, strict=True):
                if value:
                    top, bottom = self._y(below + value), self._y(below)
                    x, width = round(begin + place * GAP / 2), round(place * (1 - GAP))
                    found.append(Bar(x, top, width, bottom - top, column.tone or series.tone))
                below += value
        return found

    @cached_property
    def numbers(self) -> list[Mark]:
        """Return the number above each column that has one."""
        return [
            Mark(round(begin + place / 2), self._y(column.total) - 5, str(column.total))
            for column, begin, place in self._places()
            if column.total
        ]

    @cached_property
    def names(self) -> list[Mark]:
        return [Mark(round(begin + place / 2), HEIGHT - BOTTOM + 17, column.name) for column, begin, place in self._places()]
