"""What people call countries beside the names of CLDR: short forms, old and formal names.

One line for each region of ISO 3166. How a name is compared: domain/countries.py.
"""

from collections.abc import Iterator

_NAMES = """
AE: UAE, Emirates, Emirats, Emirate, Emirati, VAE, EAU, BAE, ZEA, ОАЕ, Эмираты, الامارات, Vereinigte Arab. Emirate
AG: Antigua
BA: Bosnia, Bosnien, Bosnie, Bosna, BiH, Босния, Боснія
BE: Королевство Бельгия
BO: Bolivia Plurinational State of, Plurinational State of Bolivia
BY: Weißrussland, Belorussia, Byelorussia, Wit-Rusland, Vitryssland, Hviderusland, Fehéroroszország, Белоруссия, Білорусія, Beyaz Rusya, 白罗斯, בלרוס, روسيا البيضاء
CC: Keeling Islands
CD: DR Congo, DRC, RDC, Democratic Republic of the Congo, Democratic Republic of Congo, Congo Democratic Republic of the, Congo The Democratic Republic of the, Congo Democratic Republic, Demokratische Republik Kongo, DR Kongo, République démocratique du Congo, Repubblica Democratica del Congo, República Democrática do Congo, Democratische Republiek Congo, Demokratiska republiken Kongo, Den Demokratiske Republik Congo, Demokratická republika Kongo, Kongói Demokratikus Köztársaság, ДР Конго, ДРК, Демократическая Республика Конго, Демократична Республіка Конго, Demokratik Kongo Cumhuriyeti, 刚果民主共和国, 剛果民主共和國, コンゴ民主共和国, جمهورية الكونغو الديمقراطية, Zaire
CF: Central African Rep, RCA
CG: Republik Kongo, République du Congo, Repubblica del Congo, República del Congo, Republiek Congo, コンゴ共和国, 刚果共和国, Республика Конго, Республіка Конго
CH: Confoederatio Helvetica, Helvetia, Svizra, Swiss Confederation, Schweizerische Eidgenossenschaft
CI: Ivory Coast, Elfenbeinküste, Costa de Marfil, Wybrzeże Kości Słoniowej, Берег Слоновой Кости, Fildişi Sahili
CN: PRC, PR China, China PR, Mainland China, People's Republic of China, China People's Republic of, VR China, Volksrepublik China, République populaire de Chine, República Popular China, República Popular da China, Repubblica Popolare Cinese, Chińska Republika Ludowa, ChRL, Volksrepubliek China, Folkrepubliken Kina, Folkerepublikken Kina, Čínská lidová republika, Čínska ľudová republika, Kínai Népköztársaság, КНР, Китайская Народная Республика, Китайська Народна Республіка, Çin Halk Cumhuriyeti, 中国大陆, 中國大陸, 中华人民共和国, 中華人民共和國, 中華人民共和国
CV: Kapverden, Cape Verde Islands
CZ: Czech Republic, Czech Rep, Czecho, Tschechische Republik, Tschechei, República Checa, Rep. Checa, République tchèque, Rép. tchèque, Repubblica Ceca, Rep. Ceca, Republika Czeska, República Tcheca, Tsjechische Republiek, Tjeckiska republiken, Den Tjekkiske Republik, Česká republika, ČR, Česká rep, Cseh Köztársaság, Чешская Республика, Чеська Республіка, Çek Cumhuriyeti, 捷克共和国, 捷克共和國, チェコ共和国, جمهورية التشيك, הרפובליקה הצ'כית
DE: BRD, Bundesrepublik, Bundesrepublik Deutschland, BR Deutschland, Deutschl, FRG, Federal Republic of Germany, Germany Federal Republic of, W. Germany, West Germany, Westdeutschland, República Federal de Alemania, République fédérale d'Allemagne, Repubblica Federale di Germania, Republika Federalna Niemiec, RFN, República Federal da Alemanha, Bondsrepubliek Duitsland, Förbundsrepubliken Tyskland, Forbundsrepublikken Tyskland, Spolková republika Německo, SRN, Nemecká spolková republika, Német Szövetségi Köztársaság, NSZK, ФРГ, ФРН, Федеративная Республика Германия, Almanya Federal Cumhuriyeti, 德意志联邦共和国, ドイツ連邦共和国, جمهورية ألمانيا الاتحادية
DK: Kongeriget Danmark
DO: Dominican Rep, Dom. Rep., Dominikanische Rep, Rep. Dominicana
ES: Reino de España, Espagna
FK: Falklands, Falkland Islands (Malvinas), Malvinas, Islas Malvinas (Falkland), Malouines
FM: Micronesia Federated States of, Federated States of Micronesia
FO: Faroes, Faeroe Islands, Färöer Inseln, Féroé, Føroyar
FR: French Republic, République française, France métropolitaine, Metropolitan France
GB: UK, United Kingdom of Great Britain and Northern Ireland, United Kingdom (UK), Great Britain, Gt Britain, Britain, England, Scotland, Wales, Northern Ireland, N. Ireland, Großbritannien, Schottland, Nordirland, Vereinigtes Königreich Großbritannien und Nordirland, Gran Bretaña, Inglaterra, Escocia, Gales, Irlanda del Norte, Grande-Bretagne, Angleterre, Écosse, Pays de Galles, Irlande du Nord, Gran Bretagna, Inghilterra, Scozia, Galles, Irlanda del Nord, Anglia, Szkocja, Walia, Irlandia Północna, Zjednoczone Królestwo, Grã-Bretanha, País de Gales, Irlanda do Norte, Groot-Brittannië, Engeland, Schotland, Noord-Ierland, VK, Skottland, Förenade kungariket, Det Forenede Kongerige, Skotland, Velká Británie, Británie, Anglie, Skotsko, Severní Irsko, Veľká Británia, Británia, Anglicko, Severné Írsko, Nagy-Britannia, Skócia, Észak-Írország, Соединенное Королевство, Англия, Шотландия, Уэльс, Северная Ирландия, Британия, Англія, Шотландія, Сполучене Королівство, Великобританія, Північна Ірландія, Büyük Britanya, İngiltere, İskoçya, Galler, Kuzey İrlanda, 大不列颠, 大不列顛, 英格兰, 英格蘭, 苏格兰, 蘇格蘭, 威尔士, 北爱尔兰, 連合王国, グレートブリテン, 大英帝国, イングランド, スコットランド, ウェールズ, 北アイルランド, بريطانيا, بريطانيا العظمى, إنجلترا, اسكتلندا, انكلترا, אנגליה, סקוטלנד, הממלכה המאוחדת, בריטניה הגדולה
GE: Sakartvelo
GL: Kalaallit Nunaat
GR: EL, Ellada, Hellenic Republic, Ελλάς
HK: Hong Kong, Hongkong, Hong Kong SAR, HKSAR, Hong Kong (China), Гонконг, 香港, ホンコン, هونغ كونغ, הונג קונג
HR: Republika Hrvatska
IE: Éire, Irish Republic, Ireland (Republic), ROI, Republik Irland, República de Irlanda, République d'Irlande, Southern Ireland
IL: State of Israel
IR: Islamic Republic of Iran, Iran Islamic Republic of, Persia
IT: Repubblica Italiana, Italian Republic
JP: Nippon, Nihon, 日本国, 日本國
KG: Kirghizia
KN: Saint Kitts
KP: DPRK, Korea North, Democratic People's Republic of Korea, Korea Democratic People's Republic of, Северная Корея, 北韩
KR: Korea, S. Korea, Korea South, Republic of Korea, Korea Republic of, ROK, Korea Rep, Republik Korea, Corea, Corée, Coreia, Южная Корея, Корея, Kore, 南韩, 大韓民国, 大韓民國, 大韩民国, 한국
LA: Lao PDR, Lao People's Democratic Republic
LI: Fürstentum Liechtenstein
LU: Letzebuerg, Grand Duchy of Luxembourg, Großherzogtum Luxemburg, Grand-Duché de Luxembourg
LY: Libyan Arab Jamahiriya, State of Libya
MD: Moldau, Moldawien, Молдавия
MF: Saint Martin (French part)
MK: Macedonia, FYROM, Macedonia the former Yugoslav Republic of, Former Yugoslav Republic of Macedonia, Mazedonien, Macédoine, Macedonië, Makedonien, Makedonie, Macedónsko, Makedonija, Македония, Македонія, Makedonya, 马其顿, 馬其頓, マケドニア, مقدونيا, מקדוניה
MM: Burma, Birma, Birmania, Birmanie, Barma, Бирма
MO: Macau, Macao, Macau SAR, Macau (China), 澳门, 澳門, マカオ, Макао
NL: Nederlands, Holanda, Hollande, Olanda, Ollanda, Голландия, Голландія, Nizozemí, Koninkrijk der Nederlanden, Königreich der Niederlande, オランダ王国
NO: Noreg
NZ: Aotearoa, N. Zealand, Neu-Seeland, Nueva Zelandia, Aotearoa New Zealand
PG: PNG
PL: Rzeczpospolita Polska
PS: Palestine, Palestine State of, State of Palestine, Palestinian Territory, Palestinian Territory Occupied, Occupied Palestinian Territory, Palästina, Palestina, Palestyna, Палестина, Filistin, 巴勒斯坦, パレスチナ, فلسطين
PT: Portuguese Republic, República Portuguesa
RE: Reunion Island, Île de la Réunion
RO: Roumania
RS: Republika Srbija
RU: Russian Federation, Russia Federation, Rossiya, Russische Föderation, Federación Rusa, Federación de Rusia, Fédération de Russie, Fédération russe, Federazione Russa, Federacja Rosyjska, Federação Russa, Russische Federatie, Ryska federationen, Den Russiske Føderation, Ruská federace, Ruská federácia, Orosz Föderáció, Российская Федерация, РФ, Російська Федерація, Rusya Federasyonu, 俄国, 俄罗斯联邦, 俄羅斯聯邦, ロシア連邦, روسيا الاتحادية, الاتحاد الروسي, הפדרציה הרוסית
SA: KSA, Saudi, السعودية, سعودية
SI: Republika Slovenija
SK: Slovak Republic, Slovakia (Slovak Republic), Slowakische Republik, República Eslovaca, République slovaque, Repubblica Slovacca, Republika Słowacka, Slovenská republika, Slovenská rep, Szlovák Köztársaság, Словацкая Республика, Словацька Республіка
ST: Sao Tome
SX: Sint Maarten (Dutch part), St Maarten
SY: Syrian Arab Republic
SZ: Swaziland, Swasiland, Suazilandia, Swazilandia, Свазиленд, エスワティニ王国
TC: Turks and Caicos
TL: East Timor
TN: Tunesia
TR: Turkey, Republic of Turkey, Türkiye Cumhuriyeti
TT: Trinidad
TW: Taiwan Province of China, Republic of China, Taiwan (ROC), R.O.C., Formosa, Chinese Taipei, Taiwan Republic of China, 臺灣, 中華民國, 中华民国, 中国台湾
TZ: United Republic of Tanzania, Tanzania United Republic of
UA: Ukrayina
US: U S A, U S, America, United States of America, United States (US), United States (USA), Estados Unidos de América, Estados Unidos de Norteamérica, EE. UU., EE.UU., EUA, Vereinigte Staaten von Amerika, Ver. Staaten, Amerika, Etats-Unis d'Amérique, Amérique, Stati Uniti d'America, Stany Zjednoczone Ameryki, Ameryka, Estados Unidos da América, Verenigde Staten van Amerika, VS, Amerikas förenta stater, Förenta staterna, De Forenede Stater, Amerikas Forenede Stater, Spojené státy americké, Amerikai Egyesült Államok, США, Соединенные Штаты Америки, Америка, Сполучені Штати Америки, ABD, 美利坚合众国, 美利堅合眾國, 米国, アメリカ, الولايات المتحدة الأمريكية, أمريكا, ארה"ב, ארצות הברית של אמריקה
VA: Vatican, Holy See, Holy See (Vatican City State), Vatican City State, Heiliger Stuhl, Vaticano
VC: St Vincent and the Grenadines, St Vincent
VE: Bolivarian Republic of Venezuela, Venezuela Bolivarian Republic of
VG: BVI, Virgin Islands British
VI: USVI, Virgin Islands U.S., United States Virgin Islands, Virgin Islands of the United States
VN: Socialist Republic of Vietnam
XK: Kosovë
ZA: RSA, S. Africa, Republik Südafrika, Südafrikanische Republik, Sud Africa, África del Sur, RPA, ЮАР, ПАР, JAR, 南非共和国, 南アフリカ共和国
"""  # noqa: E501, RUF001 -- one line for each country, in several scripts


def other_names() -> Iterator[tuple[str, list[str]]]:
    """Each region with its other names, as people write them."""
    for line in _NAMES.split("\n"):
        region, _, names = line.partition(": ")
        if names:
            yield region, names.split(", ")
