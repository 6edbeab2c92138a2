"""``check``: everything that can be told of environments without delivering anything.

One broken secret does not hide the others: all is fetched, and all findings are told together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from scale_secrets.bundle import Bundle, Secret
from scale_secrets.coordinates import format_coordinate
from scale_secrets.errors import DeniedError, NotFoundError, ScaleSecretsError
from scale_secrets.model import (
    Coordinate,
    EnvironmentSpec,
    Finding,
    SecretSpec,
    SecretType,
    Severity,
)
from scale_secrets.operation import Operation
from scale_secrets.separation.containers import check_containers
from scale_secrets.separation.duplicates import Held, check_duplicates
from scale_secrets.separation.labels import check_label
from scale_secrets.separation.shapes import check_shape, check_text
from scale_secrets.service.fetch import Fetched, fetch
from scale_secrets.service.findings import finding_document
from scale_secrets.service.load import held, made_secret, secret_place, too_old, validate
from scale_secrets.service.session import Session
from scale_secrets.stores.interface import LABEL_MODE, LabelReader
from scale_secrets.values import SecretValue

REPORT_FORMAT = "scale-secrets/check-report/1"


@dataclass(frozen=True, slots=True)
class SecretReport:
    """What became of one secret. ``status``: ok, absent (and optional), or failed."""

    environment: str
    name: str
    coordinate: str
    variable: str
    status: str
    version: str | None = None
    age_days: float | None = None
    error: ScaleSecretsError | None = None

    @property
    def place(self) -> str:
        return f"environments.{self.environment}.secrets.{self.name}"


@dataclass
class CheckReport:
    """Grows while checking; value-free, so it may be printed, logged and kept."""

    environments: tuple[EnvironmentSpec, ...]
    secrets: list[SecretReport] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    not_checked: list[str] = field(default_factory=list)

    def failure(self, *, strict: bool) -> bool:
        """Whether a rule is broken; ``strict`` counts warnings as well."""
        return any(strict or found.severity is Severity.ERROR for found in self.findings)

    def first_error(self) -> ScaleSecretsError | None:
        return next((one.error for one in self.secrets if one.error), None)

    def document(self) -> dict[str, Any]:
        """The report by ``schemas/check-report.schema.json``."""
        return {
            "format": REPORT_FORMAT,
            "environments": [
                {"name": one.name, "mode": str(one.mode)} for one in self.environments
            ],
            "secrets": [_secret_document(one) for one in self.secrets],
            "findings": [finding_document(one) for one in self.findings],
            "not_checked": self.not_checked,
        }


def check(
    session: Session,
    environments: Sequence[EnvironmentSpec],
    operation: Operation,
    now: datetime,
) -> CheckReport:
    """Fetch and check environments, of either mode."""
    return _Checker(session, operation, now, CheckReport(tuple(environments))).run()


@dataclass(frozen=True, slots=True)
class _Checker:
    session: Session
    operation: Operation
    now: datetime
    report: CheckReport

    def run(self) -> CheckReport:
        report = self.report
        report.findings += check_containers(self.session.places())
        specs = [(one, spec) for one in report.environments for spec in one.secrets.values()]
        fetched = fetch((spec.coordinate for _, spec in specs), self.session, self.operation)
        compared: list[Held] = []
        for environment in report.environments:
            secrets = self._environment(environment, fetched)
            compared += [held(environment, one.spec, one.value) for one in secrets.values()]
        report.findings += check_duplicates(compared)
        if len({environment.mode for environment in report.environments}) < 2:
            report.not_checked.append(
                "SEP003: only one mode was fetched; name environments of both modes to compare"
            )
        return report

    def _environment(
        self,
        environment: EnvironmentSpec,
        fetched: Mapping[Coordinate, Fetched | ScaleSecretsError],
    ) -> Mapping[str, Secret]:
        secrets: dict[str, Secret] = {}
        shaped: list[Finding] = []
        for spec in environment.secrets.values():
            result = fetched[spec.coordinate]
            self.report.secrets.append(_reported(environment, spec, result, self.now))
            if isinstance(result, ScaleSecretsError):
                continue
            place = secret_place(environment, spec)
            secrets[spec.name] = secret = made_secret(spec, result)
            shaped += check_shape(spec, result.value, environment.mode, place)
            self.report.findings += self._label_findings(environment, spec, result)
            self.report.findings += too_old(secret, place, self.now)
        for variable, text in environment.config.items():
            place = f"environments.{environment.name}.config.{variable}"
            shaped += check_text(SecretValue(text), environment.mode, place)
        self.report.findings += shaped
        bundle = Bundle((environment.name,), environment.mode, secrets, environment.config)
        told = tuple(finding.place for finding in shaped)
        # SEP001 says better what the schema says again of the same value.
        self.report.findings += [
            found
            for found in validate(bundle, [environment])
            if not (told and found.place.startswith(told))
        ]
        return secrets

    def _label_findings(
        self, environment: EnvironmentSpec, spec: SecretSpec, fetched: Fetched
    ) -> list[Finding]:
        """SEP004, with a call of its own where reading a value does not return labels."""
        place = secret_place(environment, spec)
        labels = fetched.record.labels
        if labels is None:
            store = self.session.store(spec.coordinate.store)
            if not isinstance(store, LabelReader):
                if spec.type is not SecretType.OPAQUE:
                    self._not_checked(f"{place}: this kind of store has no labels")
                return []
            try:
                labels = store.labels(spec.coordinate.path, self.operation)
            except (DeniedError, NotFoundError) as error:
                self._not_checked(f"{place}: {error.message}")
                return []
        return list(check_label(spec, labels.get(LABEL_MODE), environment.mode, place))

    def _not_checked(self, why: str) -> None:
        self.report.not_checked.append(f"SEP004: {why}")


def _reported(
    environment: EnvironmentSpec,
    spec: SecretSpec,
    result: Fetched | ScaleSecretsError,
    now: datetime,
) -> SecretReport:
    base = (environment.name, spec.name, format_coordinate(spec.coordinate), spec.variable)
    if isinstance(result, ScaleSecretsError):
        if isinstance(result, NotFoundError) and not spec.required:
            return SecretReport(*base, "absent")
        return SecretReport(*base, "failed", error=result)
    record = result.record
    return SecretReport(*base, "ok", record.version, made_secret(spec, result).age_days(now))


def _secret_document(report: SecretReport) -> dict[str, Any]:
    document: dict[str, Any] = {
        "environment": report.environment,
        "name": report.name,
        "coordinate": report.coordinate,
        "variable": report.variable,
        "status": report.status,
    }
    if report.version is not None:
        document["version"] = report.version
    if report.age_days is not None:
        document["age_days"] = round(report.age_days, 2)
    if report.error is not None:
        document["error"] = {"message": report.error.message, "hint": report.error.hint}
    return document
