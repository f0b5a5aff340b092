"""Column types that keep money, hours, instants, months and closed lists exact on both databases."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CHAR, BigInteger, ColumnElement, DateTime, Dialect, Enum, type_coerce
from sqlalchemy.sql.operators import OperatorType, add, floordiv, mul, sub, truediv
from sqlalchemy.types import TypeDecorator, TypeEngine

from portal.kernel.month import Month
from portal.vocabulary import Listed


class _Hundredths(TypeDecorator[Decimal]):
    """A Decimal with two places, stored as an integer: SQLite would keep NUMERIC as a float."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        hundredths = Decimal(value) * 100
        if hundredths != hundredths.to_integral_value():
            raise ValueError(f"{value} has more than two decimal places")
        return int(hundredths)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value) / 100

    def coerce_compared_value(self, op: OperatorType | None, value: Any) -> TypeEngine[Any]:
        """What is added or compared is an amount; what multiplies is a plain number."""
        return self.impl_instance.coerce_compared_value(op, value) if op is mul else self

    class Comparator(TypeDecorator.Comparator[Decimal]):
        """Arithmetic in SQL: sums, differences and multiples of amounts are amounts."""

        def operate(self, op: OperatorType, *other: Any, **kwargs: Any) -> ColumnElement[Any]:
            if op in {truediv, floordiv}:
                raise TypeError("an amount is divided in Python, where its rounding is chosen")
            result = super().operate(op, *other, **kwargs)
            return type_coerce(result, self.type) if op in {add, sub, mul} else result

    comparator_factory = Comparator


class Cents(_Hundredths):
    """Euros excluding tax as `Decimal`; cents in the database."""

    cache_ok = True


class Centihours(_Hundredths):
    """Hours as `Decimal`; hundredths of an hour in the database."""

    cache_ok = True


class UtcInstant(TypeDecorator[datetime]):
    """An aware UTC instant. Naive datetimes are refused: they hide a time zone."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant carries its time zone")
        in_utc = value.astimezone(UTC)
        return in_utc if dialect.name == "postgresql" else in_utc.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class MonthColumn(TypeDecorator[Month]):
    """A civil month, stored as `YYYY-MM` so that it sorts."""

    impl = CHAR(7)
    cache_ok = True

    def process_bind_param(self, value: Month | None, dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Month | None:
        return None if value is None else Month.parse(value)


def listed(vocabulary: type[Listed], *, name: str, length: int = 40) -> Enum:
    """A member of a closed list: its code in a VARCHAR, guarded by a CHECK named `ck_<table>_<name>`.

    The label is never stored.
    """
    return Enum(
        vocabulary,
        name=name,
        native_enum=False,
        create_constraint=True,
        validate_strings=True,
        length=length,
        values_callable=lambda members: [member.value for member in members],
    )
