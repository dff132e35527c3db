"""Passwords: which may be taken, how they are kept, and how one is checked."""

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from ledger.errors import RuleBroken

#: Source: OWASP's second recommended setting for argon2id; 19 MiB and some 50 ms a sign-in.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 200
FEWEST_CHARACTERS = 4
#: What an unknown name is checked against, so that it takes as long as a known one. It is the hash
#: of 32 random bytes that nobody kept.
NOBODYS_HASH = (
    "$argon2id$v=19$m=19456,t=2,p=1$ytg0W95BwXXvJAJI2pkThA"
    "$gFhlxEsB5HENoidqQDeWXfCZwCyMDxUJt8ZsqD2yEQY"
)
#: The rows of the keyboard and what counts up: the first that anybody would try.
_RUNS = (
    "01234567890123456789",
    "98765432109876543210",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "ๅ/-ภถุึคตจขชๆไำะัีรนยบลฟหกดเ้่าสวงผปแอิืทมใฝ",
)
_FIRST_TRIED = frozenset({"password", "password1", "passw0rd"})


class PasswordTooShort(RuleBroken):
    """A password has eight characters or more."""

    thai = "รหัสผ่านต้องยาว 8 ตัวอักษรขึ้นไป"


class PasswordTooLong(RuleBroken):
    """Nobody types a password of more than two hundred characters."""

    thai = "รหัสผ่านต้องยาวไม่เกิน 200 ตัวอักษร"


class PasswordTooEasy(RuleBroken):
    """The password is one of the first that anybody would try."""

    thai = "รหัสผ่านนี้เดาง่ายเกินไป ใช้คำไทยสามสี่คำต่อกัน เช่นคำที่คนในบ้านเท่านั้นรู้"


def hash_password(password: str) -> str:
    """Hash a password for keeping.

    Raises:
        PasswordTooShort: It has fewer than eight characters.
        PasswordTooLong: It has more than anybody types.
        PasswordTooEasy: It counts up, runs along the keyboard, or repeats a few characters.
    """
    if len(password) < SHORTEST_PASSWORD:
        raise PasswordTooShort
    if len(password) > LONGEST_PASSWORD:
        raise PasswordTooLong
    small = password.lower()
    runs = any(small in run for run in _RUNS)
    if runs or small in _FIRST_TRIED or len(set(small)) < FEWEST_CHARACTERS:
        raise PasswordTooEasy
    return _hasher.hash(_as_typed_anywhere(password))


def password_matches(password_hash: str, password: str) -> bool:
    """Tell whether a password is the one that was hashed."""
    try:
        return _hasher.verify(password_hash, _as_typed_anywhere(password[: LONGEST_PASSWORD + 1]))
    except (VerifyMismatchError, InvalidHashError):
        return False


def _as_typed_anywhere(password: str) -> str:
    """One spelling for what telephones and computers send in several, such as ำ and ํา."""
    return unicodedata.normalize("NFKC", password)
