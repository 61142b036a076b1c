"""What is said of fuels: single-phase ICMS before and after arithmetic, the group comb; given on by :mod:`.spec`.

Names follow :mod:`.spec_taxes`; an ad rem rate is BRL a unit (litre or kilogram), with 4 decimals as a percentage has.
Field comments name the NF-e 4.00 layout tag (package PL_010f v1.04).
"""

from dataclasses import dataclass
from decimal import Decimal

ZERO = Decimal("0")


@dataclass(frozen=True)
class IcmsFuelRule:
    """ICMS owed once in the whole chain (LC 192/2022), beside the CST 02, 15, 53 or 61 of the ICMS rule."""

    fuel: str = ""  # as tables/icms_fuel_rates.csv names it: diesel, biodiesel, lpg, gasoline, anhydrous_ethanol
    ad_rem_rate: Decimal | None = None  # adRemICMS, CST 61 adRemICMSRet; None: the fuel's, from the table
    taxed_quantity: Decimal | None = None  # qBCMono, CST 61 qBCMonoRet; None: every taxable unit of the item
    deferral_rate: Decimal | None = None  # pDif, CST 53
    ad_rem_reduction: Decimal = ZERO  # pRedAdRem, CST 15
    reduction_reason: str = ""  # motRedAdRem: 1 public transport, 9 other
    retention_fuel: str = ""  # CST 15: the biofuel of which the tax is withheld
    retention_ad_rem_rate: Decimal | None = None  # adRemICMSReten; None: that fuel's, from the table
    retention_quantity: Decimal | None = None  # qBCMonoReten
    retention_rate: Decimal = Decimal(100)  # how much of it is withheld here, where its producer owes the rest


@dataclass(frozen=True)
class IcmsFuelResult:
    """CST 02, 15 and 53 owe ``amount``; 61 tells what was owed before. What is withheld goes on top of the price."""

    cst: str
    taxed_quantity: Decimal  # qBCMono; CST 61 qBCMonoRet
    ad_rem_rate: Decimal  # adRemICMS; CST 61 adRemICMSRet
    amount: Decimal  # vICMSMono; CST 61 vICMSMonoRet
    operation_amount: Decimal = ZERO  # vICMSMonoOp, CST 53
    deferred_amount: Decimal = ZERO  # vICMSMonoDif, CST 53
    retention_quantity: Decimal = ZERO  # qBCMonoReten, CST 15
    retention_ad_rem_rate: Decimal = ZERO  # adRemICMSReten
    retention_amount: Decimal = ZERO  # vICMSMonoReten


@dataclass(frozen=True)
class FuelOrigin:
    """origComb: where the biofuel, or the gas, in a fuel comes from."""

    uf: str  # cUFOrig, of the producer or the importer
    share_rate: Decimal  # pOrig
    imported: bool = False  # indImport


@dataclass(frozen=True)
class Fuel:
    """prod/comb. The group's CIDE and pump meter (encerrante) are not written."""

    anp_code: str  # cProdANP, 9 digits
    anp_description: str  # descANP, the ANP's own words
    uf: str  # UFCons; EX abroad
    petroleum_rate: Decimal | None = None  # pGLP, of LPG (210203001) only; the three add up to 100
    national_gas_rate: Decimal | None = None  # pGNn
    imported_gas_rate: Decimal | None = None  # pGNi
    start_value: Decimal | None = None  # vPart, BRL a kilogram without ICMS
    codif: str = ""  # CODIF, at most 21 digits
    ambient_quantity: Decimal | None = None  # qTemp, when qCom is not measured at ambient temperature
    bio_rate: Decimal | None = None  # pBio, of diesel B and gasoline C
    origins: tuple[FuelOrigin, ...] = ()  # origComb, at most 30
