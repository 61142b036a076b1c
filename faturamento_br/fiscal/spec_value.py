"""Frozen values of which there are many: quickly made one from another, quickly looked up."""

from typing import Any, Self, TypeVar

Kind = TypeVar("Kind", bound=type)


class Pattern:
    """A frozen dataclass that can be made from another one of its kind, several times as fast as from its fields."""

    def but(self, **values: Any) -> Self:
        """The same with other ``values``; unlike ``dataclasses.replace`` it runs no ``__init__``.

        :raises TypeError: one of them is no field.
        """
        mine = self.__dict__
        made = mine.copy()
        made.update(values)
        if len(made) != len(mine):
            raise TypeError(f"not fields of {type(self).__name__}: {sorted(values.keys() - mine.keys())}")
        new = object.__new__(self.__class__)
        object.__setattr__(new, "__dict__", made)
        return new


def hashed_once(cls: Kind) -> Kind:
    """Decorates a frozen dataclass that is the key of many lookups: the hash of its fields is worked out once."""
    of_fields = cls.__hash__

    def kept_hash(self: Any) -> int:
        known = self.__dict__.get("_hash")
        if known is None:
            known = of_fields(self)
            object.__setattr__(self, "_hash", known)
        return known

    cls.__hash__ = kept_hash
    return cls
