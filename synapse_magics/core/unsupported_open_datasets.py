"""The tables of Azure Open Datasets, which can be imported and are not read here."""

from __future__ import annotations

from synapse_magics.core.not_run_here import NotRunHere

_OPEN_DATA = (
    "download the data once, and define it by Dataset.Tabular.from_delimited_files(...) or "
    "from_parquet_files(...)"
)


class OpenDataset(NotRunHere, instead=_OPEN_DATA):
    """A table of Azure Open Datasets."""


_NAMES = (
    "BingCOVID19Data BostonSafety COVID19OpenResearch COVIDTrackingProject ChicagoSafety "
    "CitySafety Diabetes EcdcCOVIDCases MNIST NoParameterOpenDatasetBase NoaaGfsWeather "
    "NoaaIsdWeather NycSafety NycTaxiBase NycTlcFhv NycTlcGreen NycTlcYellow OjSalesSimulated "
    "PublicHolidays PublicHolidaysOffline SampleDatasetBase SampleDatasets SanFranciscoSafety "
    "SeattleSafety UsLaborCPI UsLaborEHENational UsLaborEHEState UsLaborLAUS UsLaborLFS "
    "UsLaborPPICommodity UsLaborPPIIndustry UsPopulationCounty UsPopulationZip"
)

for _name in _NAMES.split():
    globals()[_name] = type(
        _name, (OpenDataset,), {"__doc__": OpenDataset.__doc__, "__module__": __name__}
    )
