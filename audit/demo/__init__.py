"""The sample network: invented villages, people and money, on which everybody may practise.

Three tambons, a dozen village groups under their tambons' institutions, some six hundred members
and six months of collection days, with the mistakes, questions and signatures that belong to them.
Every name, day and figure is the same each time it is made; only the seals differ, because what
people wrote is kept under a fresh salt each time.
"""

from audit.demo.groups import PASSWORD
from audit.demo.steps import Step, sample_steps

__all__ = ["PASSWORD", "Step", "sample_steps"]
