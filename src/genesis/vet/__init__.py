"""AOP: RoutedPlan -> Vetting. Structural checks always; why a plan is refused, and the edit that would mend it."""

from genesis.vet.vet import vet

__all__ = ["vet"]
