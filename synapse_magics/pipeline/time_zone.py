"""The time zones of schedules, by the names that Azure ML has for them."""

from __future__ import annotations

from enum import Enum


class TimeZone(Enum):
    """A time zone by Azure ML's name; the value is the name that the service knows."""

    DatelineStandardTime = "Dateline Standard Time"
    UTC11 = "UTC-11"
    AleutianStandardTime = "Aleutian Standard Time"
    HawaiianStandardTime = "Hawaiian Standard Time"
    MarquesasStandardTime = "Marquesas Standard Time"
    AlaskanStandardTime = "Alaskan Standard Time"
    UTC09 = "UTC-09"
    PacificStandardTimeMexico = "Pacific Standard Time (Mexico)"
    UTC08 = "UTC-08"
    PacificStandardTime = "Pacific Standard Time"
    USMountainStandardTime = "US Mountain Standard Time"
    MountainStandardTimeMexico = "Mountain Standard Time (Mexico)"
    MountainStandardTime = "Mountain Standard Time"
    CentralAmericaStandardTime = "Central America Standard Time"
    CentralStandardTime = "Central Standard Time"
    EasterIslandStandardTime = "Easter Island Standard Time"
    CentralStandardTimeMexico = "Central Standard Time (Mexico)"
    CanadaCentralStandardTime = "Canada Central Standard Time"
    SAPacificStandardTime = "SA Pacific Standard Time"
    EasternStandardTimeMexico = "Eastern Standard Time (Mexico)"
    EasternStandardTime = "Eastern Standard Time"
    HaitiStandardTime = "Haiti Standard Time"
    CubaStandardTime = "Cuba Standard Time"
    USEasternStandardTime = "US Eastern Standard Time"
    TurksAndCaicosStandardTime = "Turks And Caicos Standard Time"
    ParaguayStandardTime = "Paraguay Standard Time"
    AtlanticStandardTime = "Atlantic Standard Time"
    VenezuelaStandardTime = "Venezuela Standard Time"
    CentralBrazilianStandardTime = "Central Brazilian Standard Time"
    SAWesternStandardTime = "SA Western Standard Time"
    PacificSAStandardTime = "Pacific SA Standard Time"
    NewfoundlandStandardTime = "Newfoundland Standard Time"
    TocantinsStandardTime = "Tocantins Standard Time"
    ESouthAmericaStandardTime = "E. South America Standard Time"
    SAEasternStandardTime = "SA Eastern Standard Time"
    ArgentinaStandardTime = "Argentina Standard Time"
    GreenlandStandardTime = "Greenland Standard Time"
    MontevideoStandardTime = "Montevideo Standard Time"
    MagallanesStandardTime = "Magallanes Standard Time"
    SaintPierreStandardTime = "Saint Pierre Standard Time"
    BahiaStandardTime = "Bahia Standard Time"
    UTC02 = "UTC-02"
    MidAtlanticStandardTime = "Mid-Atlantic Standard Time"
    AzoresStandardTime = "Azores Standard Time"
    CapeVerdeStandardTime = "Cape Verde Standard Time"
    UTC = "UTC"
    MoroccoStandardTime = "Morocco Standard Time"
    GMTStandardTime = "GMT Standard Time"
    GreenwichStandardTime = "Greenwich Standard Time"
    WEuropeStandardTime = "W. Europe Standard Time"
    CentralEuropeStandardTime = "Central Europe Standard Time"
    RomanceStandardTime = "Romance Standard Time"
    CentralEuropeanStandardTime = "Central European Standard Time"
    WCentralAfricaStandardTime = "W. Central Africa Standard Time"
    NamibiaStandardTime = "Namibia Standard Time"
    JordanStandardTime = "Jordan Standard Time"
    GTBStandardTime = "GTB Standard Time"
    MiddleEastStandardTime = "Middle East Standard Time"
    EgyptStandardTime = "Egypt Standard Time"
    EEuropeStandardTime = "E. Europe Standard Time"
    SyriaStandardTime = "Syria Standard Time"
    WestBankStandardTime = "West Bank Standard Time"
    SouthAfricaStandardTime = "South Africa Standard Time"
    FLEStandardTime = "FLE Standard Time"
    IsraelStandardTime = "Israel Standard Time"
    KaliningradStandardTime = "Kaliningrad Standard Time"
    LibyaStandardTime = "Libya Standard Time"
    ArabicStandardTime = "Arabic Standard Time"
    TurkeyStandardTime = "Turkey Standard Time"
    ArabStandardTime = "Arab Standard Time"
    BelarusStandardTime = "Belarus Standard Time"
    RussianStandardTime = "Russian Standard Time"
    EAfricaStandardTime = "E. Africa Standard Time"
    IranStandardTime = "Iran Standard Time"
    ArabianStandardTime = "Arabian Standard Time"
    AstrakhanStandardTime = "Astrakhan Standard Time"
    AzerbaijanStandardTime = "Azerbaijan Standard Time"
    RussiaTimeZone3 = "Russia Time Zone 3"
    MauritiusStandardTime = "Mauritius Standard Time"
    SaratovStandardTime = "Saratov Standard Time"
    GeorgianStandardTime = "Georgian Standard Time"
    CaucasusStandardTime = "Caucasus Standard Time"
    AfghanistanStandardTime = "Afghanistan Standard Time"
    WestAsiaStandardTime = "West Asia Standard Time"
    EkaterinburgStandardTime = "Ekaterinburg Standard Time"
    PakistanStandardTime = "Pakistan Standard Time"
    IndiaStandardTime = "India Standard Time"
    SriLankaStandardTime = "Sri Lanka Standard Time"
    NepalStandardTime = "Nepal Standard Time"
    CentralAsiaStandardTime = "Central Asia Standard Time"
    BangladeshStandardTime = "Bangladesh Standard Time"
    OmskStandardTime = "Omsk Standard Time"
    MyanmarStandardTime = "Myanmar Standard Time"
    SEAsiaStandardTime = "SE Asia Standard Time"
    AltaiStandardTime = "Altai Standard Time"
    WMongoliaStandardTime = "W. Mongolia Standard Time"
    NorthAsiaStandardTime = "North Asia Standard Time"
    NCentralAsiaStandardTime = "N. Central Asia Standard Time"
    TomskStandardTime = "Tomsk Standard Time"
    ChinaStandardTime = "China Standard Time"
    NorthAsiaEastStandardTime = "North Asia East Standard Time"
    SingaporeStandardTime = "Singapore Standard Time"
    WAustraliaStandardTime = "W. Australia Standard Time"
    TaipeiStandardTime = "Taipei Standard Time"
    UlaanbaatarStandardTime = "Ulaanbaatar Standard Time"
    NorthKoreaStandardTime = "North Korea Standard Time"
    AusCentralWStandardTime = "Aus Central W. Standard Time"
    TransbaikalStandardTime = "Transbaikal Standard Time"
    TokyoStandardTime = "Tokyo Standard Time"
    KoreaStandardTime = "Korea Standard Time"
    YakutskStandardTime = "Yakutsk Standard Time"
    CenAustraliaStandardTime = "Cen. Australia Standard Time"
    AUSCentralStandardTime = "AUS Central Standard Time"
    EAustraliaStandardTime = "E. Australia Standard Time"
    AUSEasternStandardTime = "AUS Eastern Standard Time"
    WestPacificStandardTime = "West Pacific Standard Time"
    TasmaniaStandardTime = "Tasmania Standard Time"
    VladivostokStandardTime = "Vladivostok Standard Time"
    LordHoweStandardTime = "Lord Howe Standard Time"
    BougainvilleStandardTime = "Bougainville Standard Time"
    RussiaTimeZone10 = "Russia Time Zone 10"
    MagadanStandardTime = "Magadan Standard Time"
    NorfolkStandardTime = "Norfolk Standard Time"
    SakhalinStandardTime = "Sakhalin Standard Time"
    CentralPacificStandardTime = "Central Pacific Standard Time"
    RussiaTimeZone11 = "Russia Time Zone 11"
    NewZealandStandardTime = "New Zealand Standard Time"
    UTC12 = "UTC+12"
    FijiStandardTime = "Fiji Standard Time"
    KamchatkaStandardTime = "Kamchatka Standard Time"
    ChathamIslandsStandardTime = "Chatham Islands Standard Time"
    UTC13 = "UTC+13"
    TongaStandardTime = "Tonga Standard Time"
    SamoaStandardTime = "Samoa Standard Time"
    LineIslandsStandardTime = "Line Islands Standard Time"

    @property
    def zone(self) -> str:
        """The name of the time zone in the tz database, such as ``Europe/Berlin``."""
        return _ZONES[self.name]


_ZONES = {
    "DatelineStandardTime": "Etc/GMT+12",
    "UTC11": "Etc/GMT+11",
    "AleutianStandardTime": "America/Adak",
    "HawaiianStandardTime": "Pacific/Honolulu",
    "MarquesasStandardTime": "Pacific/Marquesas",
    "AlaskanStandardTime": "America/Anchorage",
    "UTC09": "Etc/GMT+9",
    "PacificStandardTimeMexico": "America/Tijuana",
    "UTC08": "Etc/GMT+8",
    "PacificStandardTime": "America/Los_Angeles",
    "USMountainStandardTime": "America/Phoenix",
    "MountainStandardTimeMexico": "America/Mazatlan",
    "MountainStandardTime": "America/Denver",
    "CentralAmericaStandardTime": "America/Guatemala",
    "CentralStandardTime": "America/Chicago",
    "EasterIslandStandardTime": "Pacific/Easter",
    "CentralStandardTimeMexico": "America/Mexico_City",
    "CanadaCentralStandardTime": "America/Regina",
    "SAPacificStandardTime": "America/Bogota",
    "EasternStandardTimeMexico": "America/Cancun",
    "EasternStandardTime": "America/New_York",
    "HaitiStandardTime": "America/Port-au-Prince",
    "CubaStandardTime": "America/Havana",
    "USEasternStandardTime": "America/Indiana/Indianapolis",
    "TurksAndCaicosStandardTime": "America/Grand_Turk",
    "ParaguayStandardTime": "America/Asuncion",
    "AtlanticStandardTime": "America/Halifax",
    "VenezuelaStandardTime": "America/Caracas",
    "CentralBrazilianStandardTime": "America/Cuiaba",
    "SAWesternStandardTime": "America/La_Paz",
    "PacificSAStandardTime": "America/Santiago",
    "NewfoundlandStandardTime": "America/St_Johns",
    "TocantinsStandardTime": "America/Araguaina",
    "ESouthAmericaStandardTime": "America/Sao_Paulo",
    "SAEasternStandardTime": "America/Cayenne",
    "ArgentinaStandardTime": "America/Argentina/Buenos_Aires",
    "GreenlandStandardTime": "America/Nuuk",
    "MontevideoStandardTime": "America/Montevideo",
    "MagallanesStandardTime": "America/Punta_Arenas",
    "SaintPierreStandardTime": "America/Miquelon",
    "BahiaStandardTime": "America/Bahia",
    "UTC02": "Etc/GMT+2",
    "MidAtlanticStandardTime": "Etc/GMT+2",
    "AzoresStandardTime": "Atlantic/Azores",
    "CapeVerdeStandardTime": "Atlantic/Cape_Verde",
    "UTC": "UTC",
    "MoroccoStandardTime": "Africa/Casablanca",
    "GMTStandardTime": "Europe/London",
    "GreenwichStandardTime": "Atlantic/Reykjavik",
    "WEuropeStandardTime": "Europe/Berlin",
    "CentralEuropeStandardTime": "Europe/Budapest",
    "RomanceStandardTime": "Europe/Paris",
    "CentralEuropeanStandardTime": "Europe/Warsaw",
    "WCentralAfricaStandardTime": "Africa/Lagos",
    "NamibiaStandardTime": "Africa/Windhoek",
    "JordanStandardTime": "Asia/Amman",
    "GTBStandardTime": "Europe/Bucharest",
    "MiddleEastStandardTime": "Asia/Beirut",
    "EgyptStandardTime": "Africa/Cairo",
    "EEuropeStandardTime": "Europe/Chisinau",
    "SyriaStandardTime": "Asia/Damascus",
    "WestBankStandardTime": "Asia/Hebron",
    "SouthAfricaStandardTime": "Africa/Johannesburg",
    "FLEStandardTime": "Europe/Kyiv",
    "IsraelStandardTime": "Asia/Jerusalem",
    "KaliningradStandardTime": "Europe/Kaliningrad",
    "LibyaStandardTime": "Africa/Tripoli",
    "ArabicStandardTime": "Asia/Baghdad",
    "TurkeyStandardTime": "Europe/Istanbul",
    "ArabStandardTime": "Asia/Riyadh",
    "BelarusStandardTime": "Europe/Minsk",
    "RussianStandardTime": "Europe/Moscow",
    "EAfricaStandardTime": "Africa/Nairobi",
    "IranStandardTime": "Asia/Tehran",
    "ArabianStandardTime": "Asia/Dubai",
    "AstrakhanStandardTime": "Europe/Astrakhan",
    "AzerbaijanStandardTime": "Asia/Baku",
    "RussiaTimeZone3": "Europe/Samara",
    "MauritiusStandardTime": "Indian/Mauritius",
    "SaratovStandardTime": "Europe/Saratov",
    "GeorgianStandardTime": "Asia/Tbilisi",
    "CaucasusStandardTime": "Asia/Yerevan",
    "AfghanistanStandardTime": "Asia/Kabul",
    "WestAsiaStandardTime": "Asia/Tashkent",
    "EkaterinburgStandardTime": "Asia/Yekaterinburg",
    "PakistanStandardTime": "Asia/Karachi",
    "IndiaStandardTime": "Asia/Kolkata",
    "SriLankaStandardTime": "Asia/Colombo",
    "NepalStandardTime": "Asia/Kathmandu",
    "CentralAsiaStandardTime": "Asia/Bishkek",
    "BangladeshStandardTime": "Asia/Dhaka",
    "OmskStandardTime": "Asia/Omsk",
    "MyanmarStandardTime": "Asia/Yangon",
    "SEAsiaStandardTime": "Asia/Bangkok",
    "AltaiStandardTime": "Asia/Barnaul",
    "WMongoliaStandardTime": "Asia/Hovd",
    "NorthAsiaStandardTime": "Asia/Krasnoyarsk",
    "NCentralAsiaStandardTime": "Asia/Novosibirsk",
    "TomskStandardTime": "Asia/Tomsk",
    "ChinaStandardTime": "Asia/Shanghai",
    "NorthAsiaEastStandardTime": "Asia/Irkutsk",
    "SingaporeStandardTime": "Asia/Singapore",
    "WAustraliaStandardTime": "Australia/Perth",
    "TaipeiStandardTime": "Asia/Taipei",
    "UlaanbaatarStandardTime": "Asia/Ulaanbaatar",
    "NorthKoreaStandardTime": "Asia/Pyongyang",
    "AusCentralWStandardTime": "Australia/Eucla",
    "TransbaikalStandardTime": "Asia/Chita",
    "TokyoStandardTime": "Asia/Tokyo",
    "KoreaStandardTime": "Asia/Seoul",
    "YakutskStandardTime": "Asia/Yakutsk",
    "CenAustraliaStandardTime": "Australia/Adelaide",
    "AUSCentralStandardTime": "Australia/Darwin",
    "EAustraliaStandardTime": "Australia/Brisbane",
    "AUSEasternStandardTime": "Australia/Sydney",
    "WestPacificStandardTime": "Pacific/Port_Moresby",
    "TasmaniaStandardTime": "Australia/Hobart",
    "VladivostokStandardTime": "Asia/Vladivostok",
    "LordHoweStandardTime": "Australia/Lord_Howe",
    "BougainvilleStandardTime": "Pacific/Bougainville",
    "RussiaTimeZone10": "Asia/Srednekolymsk",
    "MagadanStandardTime": "Asia/Magadan",
    "NorfolkStandardTime": "Pacific/Norfolk",
    "SakhalinStandardTime": "Asia/Sakhalin",
    "CentralPacificStandardTime": "Pacific/Guadalcanal",
    "RussiaTimeZone11": "Asia/Kamchatka",
    "NewZealandStandardTime": "Pacific/Auckland",
    "UTC12": "Etc/GMT-12",
    "FijiStandardTime": "Pacific/Fiji",
    "KamchatkaStandardTime": "Asia/Kamchatka",
    "ChathamIslandsStandardTime": "Pacific/Chatham",
    "UTC13": "Etc/GMT-13",
    "TongaStandardTime": "Pacific/Tongatapu",
    "SamoaStandardTime": "Pacific/Apia",
    "LineIslandsStandardTime": "Pacific/Kiritimati",
}
