"""One row of the dictionary."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Who has something to do, and what becomes of the number."""

    MEND = "mend"  # data of ours: mend them and issue again, the number stays
    ASK = "ask"  # a register says otherwise: ours may be right, so somebody is asked first; the number stays
    DEFECT = "defect"  # the program wrote it so: no data of the user's mend it
    WAIT = "wait"  # nobody: it goes on by itself
    NUMBER = "number"  # the number is lost to this invoice, which takes the next one


@dataclass(frozen=True)
class Rejection:
    """What a cStat means in plain words.

    :param code: the cStat.
    :param path: where it is mended, as in :class:`~..problems.Problem`; ``items[]`` is the item that the xMotivo names.
        Empty: at no one place.
    :param meaning: what is wrong, marked for translation.
    :param cure: what to do, marked for translation, without the issuing again.
    """

    code: str
    kind: Kind
    path: str
    meaning: str
    cure: str
