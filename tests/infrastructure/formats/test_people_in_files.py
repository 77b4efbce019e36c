"""Files that tell of several people in a row, or of one in several columns: who is read in them."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from application.refusals import Refused
from infrastructure.formats.contact_file import ContactFile, open_contacts
from infrastructure.formats.rows import read_row
from tests.infrastructure.formats.workbooks import written

ANN, BOB, OTHER = "+12025550134", "+12025550135", "+12025550144"

Person = tuple[str | None, list[str], list[str]]


def opened(folder: Path, *lines: str, region: str = "US") -> ContactFile:
    path = folder / "contacts.csv"
    path.write_text("\n".join(lines), "utf-8")
    return open_contacts(path, region=region)


def people(file: ContactFile, region: str = "US") -> list[Person]:
    """The name, phones and emails of each row."""
    records = [read_row(row, file.columns, region) for row in file.rows()]
    return [
        (
            record.fields.get("name"),
            [each.canonical or each.written for each in record.phones or ()],
            [each.canonical or each.written for each in record.emails or ()],
        )
        for record in records
    ]


def attributes(file: ContactFile, region: str = "US") -> list[dict[str, str | None]]:
    return [dict(read_row(row, file.columns, region).fields) for row in file.rows()]


class TestSomebodyElse:
    """A number or an email of another than the contact is an attribute."""

    @pytest.mark.parametrize(
        "column",
        [
            "Salesperson Phone",
            "Broker Phone",
            "Agent Phone",
            "Rep Phone",
            "Owner Phone",
            "Account Manager Phone",
            "Buyer Phone",
            "Doctor's Phone",
            "Phone of guardian",
            "Referred by (phone)",
            "Telefon Firma",
            "Telefon Berater",
            "Maklertelefon",
            "Tel. asesor",
            "Teléfono del abogado",
            "Tél. de l'assistante",
            "Téléphone du conseiller",
            "Telefono dell'agente",
            "Telefon doradcy",
            "Telefone do corretor",
            "Telefoon makelaar",
            "Telefon säljare",
            "Rådgiver telefon",
            "Telefon makléře",
            "Telefón poradcu",
            "Ügyvéd telefon",
            "Телефон продавца",
            "Телефон юрист",
            "Danisman telefonu",
            "销售电话",
            "営業電話番号",
            "هاتف المحامي",
            "טלפון מתווך",
        ],
    )
    def test_a_phone(self, tmp_path: Path, column: str) -> None:
        file = opened(tmp_path, f"Name,Phone,{column}", "Ann,202-555-0134,202-555-0144")
        assert people(file) == [("Ann", [ANN], [])]
        assert attributes(file)[0][column] == "202-555-0144"

    @pytest.mark.parametrize(
        "column", ["CSM Email", "Buyer Email", "Owner Email", "E-Mail Berater", "Email commerciale"]
    )
    def test_an_email(self, tmp_path: Path, column: str) -> None:
        file = opened(tmp_path, f"Name,Phone,{column}", "Ann,202-555-0134,csm@oak.test")
        assert people(file) == [("Ann", [ANN], [])]

    def test_words_that_no_table_has_if_colleagues_share_the_number(self, tmp_path: Path) -> None:
        lines = [f"P{n},202-555-013{n},202-555-014{n // 2}" for n in range(6)]
        file = opened(tmp_path, "Name,Phone,Zorgle phone", *lines)
        assert [phones for _, phones, _ in people(file)] == [[f"+1202555013{n}"] for n in range(6)]
        assert any("`Zorgle phone` look like phones" in each for each in file.columns.warnings)

    def test_such_a_number_of_each_ones_own_is_taken(self, tmp_path: Path) -> None:
        lines = [f"P{n},202-555-013{n},202-555-014{n}" for n in range(6)]
        file = opened(tmp_path, "Name,Phone,Zorgle phone", *lines)
        assert people(file)[0] == ("P0", ["+12025550130", "+12025550140"], [])

    def test_a_companys_phone_is_a_persons_where_it_is_the_only_one(self, tmp_path: Path) -> None:
        header = "Name,Email,Company Phone"
        lines = ["Ann,a@oak.test,202-555-0134", "Bob,b@elm.test,202-555-0135"]
        assert [phones for _, phones, _ in people(opened(tmp_path, header, *lines))] == [
            [ANN],
            [BOB],
        ]
        colleague = "Cy,c@oak.test,202-555-0134"
        file = opened(tmp_path, header, *lines, colleague)
        assert [phones for _, phones, _ in people(file)] == [[], [], []]


class TestWhoOrders:
    """The buyer of a list of orders is the contact, if it names no other."""

    def test_a_shop_names_the_bill_and_the_parcel(self, tmp_path: Path) -> None:
        file = opened(
            tmp_path,
            "billing_first_name,billing_last_name,billing_email,billing_phone,billing_country,"
            "shipping_first_name,shipping_last_name,shipping_phone,shipping_country",
            "Ann,Oak,a@oak.test,030 5550174,DE,Bob,Elm,202-555-0144,US",
        )
        assert people(file) == [("Ann Oak", ["+49305550174"], ["a@oak.test"])]

    def test_a_market_names_buyers_and_recipients(self, tmp_path: Path) -> None:
        file = opened(
            tmp_path,
            "order-id,buyer-email,buyer-name,buyer-phone-number,recipient-name,ship-phone-number",
            "7,a@oak.test,Ann,202-555-0134,Bob,202-555-0144",
        )
        assert people(file) == [("Ann", [ANN], ["a@oak.test"])]

    def test_only_recipients(self, tmp_path: Path) -> None:
        file = opened(tmp_path, "Recipient,Recipient Phone", "Ann,202-555-0134")
        assert people(file) == [("Ann", [ANN], [])]

    def test_an_order_number_called_name_is_none(self, tmp_path: Path) -> None:
        file = opened(
            tmp_path,
            "Name,Email,Billing Name,Billing Phone,Shipping Name,Shipping Phone",
            "#1001,a@oak.test,Ann,202-555-0134,Bob,202-555-0144",
        )
        assert people(file) == [("Ann", [ANN], ["a@oak.test"])]

    def test_only_owners(self, tmp_path: Path) -> None:
        file = opened(tmp_path, "Owner Name,Owner Phone,Parcel", "Ann,202-555-0134,12")
        assert people(file) == [("Ann", [ANN], [])]

    def test_a_name_with_the_email_of_the_bill_alone(self, tmp_path: Path) -> None:
        file = opened(tmp_path, "Name,Billing Email", "Ann,a@oak.test")
        assert people(file) == [("Ann", [], ["a@oak.test"])]

    def test_of_two_roles_the_first(self, tmp_path: Path) -> None:
        file = opened(
            tmp_path,
            "Tenant Name,Tenant Phone,Landlord,Landlord's Phone",
            "Ann,202-555-0134,Bob,202-555-0144",
        )
        assert people(file) == [("Ann", [ANN], [])]
        assert any("Landlord's Phone` look like" in each for each in file.columns.warnings)

    def test_a_role_beside_a_phone_of_nobody_names_no_contact(self, tmp_path: Path) -> None:
        file = opened(tmp_path, "Company,Company Owner,Phone", "Oak Inc.,Bob,202-555-0134")
        assert people(file) == [(None, [ANN], [])]

    def test_not_beside_another_phone_without_a_name(self, tmp_path: Path) -> None:
        file = opened(tmp_path, "Phone,Buyer Email", "202-555-0134,csm@oak.test")
        assert people(file) == [(None, [ANN], [])]

    def test_the_country_of_the_bill_is_that_of_the_phone(self, tmp_path: Path) -> None:
        file = opened(tmp_path, "Name,Phone,billing_country", "Ann,030 5550174,DE")
        assert people(file) == [("Ann", ["+49305550174"], [])]


class TestNeighbours:
    """A column whose name stands there again belongs to the one who is named before it."""

    def test_of_an_assistant(self, tmp_path: Path) -> None:
        file = opened(tmp_path, "Name,Phone,Assistant,Phone", "Ann,202-555-0134,Bob,202-555-0144")
        assert people(file) == [("Ann", [ANN], [])]
        assert any("`Phone` look like phones" in each for each in file.columns.warnings)

    def test_of_a_second_person(self, tmp_path: Path) -> None:
        file = opened(
            tmp_path,
            "Name,Phone,Email,Name,Phone,Email",
            "Ann,202-555-0134,a@oak.test,Bob,202-555-0144,b@oak.test",
        )
        assert people(file) == [("Ann", [ANN], ["a@oak.test"])]

    def test_a_column_that_is_there_once_is_the_contacts(self, tmp_path: Path) -> None:
        file = opened(tmp_path, "Name,Phone,Owner,Email", "Ann,202-555-0134,Bob,a@oak.test")
        assert people(file) == [("Ann", [ANN], ["a@oak.test"])]

    def test_two_phones_of_one_name_are_both_the_contacts(self, tmp_path: Path) -> None:
        file = opened(tmp_path, "Name,Phone,Phone", "Ann,202-555-0134,202-555-0135")
        assert people(file) == [("Ann", [ANN, BOB], [])]

    def test_of_the_second_of_numbered_people(self, tmp_path: Path) -> None:
        file = opened(
            tmp_path,
            "Contact 1 Name,Contact 1 Phone,Contact 2 Name,Contact 2 Phone",
            "Ann,202-555-0134,Bob,202-555-0144",
        )
        assert people(file) == [("Ann", [ANN], [])]

    def test_numbered_phones_are_one_persons(self, tmp_path: Path) -> None:
        file = opened(
            tmp_path, "Name 1,Name 2,Phone 1,Phone 2", "Oak Inc.,Store,202-555-0134,202-555-0135"
        )
        assert people(file) == [("Oak Inc.", [ANN, BOB], [])]

    @pytest.mark.parametrize("group", ["Emergency contact", "Notfallkontakt", "Company"])
    def test_a_row_above_names_groups(self, tmp_path: Path, group: str) -> None:
        file = opened(
            tmp_path,
            f"Contact;;;{group};",
            "Name;Phone;Email;Full name;Mobile",
            "Ann;202-555-0134;a@oak.test;Bob;202-555-0144",
        )
        assert people(file) == [("Ann", [ANN], ["a@oak.test"])]

    def test_a_title_above_is_no_group(self, tmp_path: Path) -> None:
        file = opened(tmp_path, "Company,Oak Inc.,", "Name,Phone,Email", "Ann,202-555-0134,")
        assert people(file) == [("Ann", [ANN], [])]


class TestLabels:
    def test_a_value_labelled_as_anothers_is_not_the_contacts(self, tmp_path: Path) -> None:
        file = opened(
            tmp_path,
            "Name,Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value",
            "Ann,Mobile,202-555-0134,Assistant,202-555-0144",
            "Bob,Pager,202-555-0145,Work,202-555-0135",
            "Cy,Home Fax,202-555-0146,Work,202-555-0136",
        )
        assert [phones for _, phones, _ in people(file)] == [[ANN], [BOB], ["+12025550136"]]
        kept = [
            (each.get("assistant"), each.get("pager"), each.get("fax")) for each in attributes(file)
        ]
        assert kept == [
            ("202-555-0144", None, None),
            (None, "202-555-0145", None),
            (None, None, "202-555-0146"),
        ]

    def test_a_label_belongs_to_the_value_of_its_number(self, tmp_path: Path) -> None:
        file = opened(
            tmp_path,
            "Name,Phone 1 - Label,Phone 2 - Label,Phone 1 - Value,Phone 2 - Value",
            "Ann,Mobile,Assistant,202-555-0134,202-555-0144",
        )
        assert people(file) == [("Ann", [ANN], [])]

    def test_an_extension_belongs_to_the_phone_that_it_names(self, tmp_path: Path) -> None:
        file = opened(
            tmp_path,
            "Name,Work Phone,Mobile,Work Phone Ext",
            "Ann,202-555-0134,202-555-0135,12",
        )
        assert people(file) == [("Ann", [f"{ANN};ext=12", BOB], [])]


class TestNames:
    def test_a_contact_beside_a_first_name_is_another(self, tmp_path: Path) -> None:
        file = opened(tmp_path, "First Name,Phone,Customer", "Ann,202-555-0134,Oak Inc.")
        assert people(file) == [("Ann", [ANN], [])]

    @pytest.mark.parametrize("column", ["Contact Person", "Primary Contact", "Ansprechpartner"])
    def test_a_contact_is_a_name(self, tmp_path: Path, column: str) -> None:
        file = opened(tmp_path, f"{column},Phone", "Ann,202-555-0134")
        assert people(file) == [("Ann", [ANN], [])]

    def test_a_dutch_prefix_stands_before_the_last_name(self, tmp_path: Path) -> None:
        file = opened(
            tmp_path,
            "Voornaam;Tussenvoegsel;Achternaam;Telefoon",
            "Jan;van der;Berg;202-555-0134",
            "An;;Bos;202-555-0135",
        )
        assert [name for name, _, _ in people(file)] == ["Jan van der Berg", "An Bos"]

    def test_a_plural_that_may_be_left_out(self, tmp_path: Path) -> None:
        file = opened(tmp_path, "Forename(s),Surname,Phone(s)", "Ann Mae,Oak,202-555-0134")
        assert people(file) == [("Ann Mae Oak", [ANN], [])]


class TestCountries:
    def test_cc_is_a_country_if_its_values_are(self, tmp_path: Path) -> None:
        file = opened(tmp_path, "Name,Phone,CC", "Ann,030 5550174,DE")
        assert people(file) == [("Ann", ["+49305550174"], [])]
        file = opened(tmp_path, "Name,Phone,CC", "Ann,202-555-0134,a@oak.test")
        assert people(file) == [("Ann", [ANN], [])]

    def test_country_or_region(self, tmp_path: Path) -> None:
        file = opened(tmp_path, "Name,Phone,Country/Region", "Ann,030 5550174,Germany")
        assert people(file) == [("Ann", ["+49305550174"], [])]


class TestAreaCodes:
    @pytest.mark.parametrize(
        ("region", "header", "row", "read"),
        [
            ("US", "Area Code,Phone", "202,555-0134", ANN),
            ("US", "Prefix,Phone", "(202),555-0134", ANN),
            ("US", "Area Code,Phone", "202,(202) 555-0134", ANN),
            ("US", "Area Code,Phone", "202,+49 30 5550174", "+49305550174"),
            ("DE", "Vorwahl,Phone", "030,5550174", "+49305550174"),
            ("DE", "Vorwahl,Phone", "30,5550174", "+49305550174"),
            ("DE", "Vorwahl,Phone", "030,030 5550174", "+49305550174"),
            ("DE", "Vorwahl,Phone", "030,0171 5550174", "+491715550174"),
            ("DE", "Vorwahl,Phone", ",030 5550174", "+49305550174"),
            ("IT", "Prefisso,Phone", "06,5550174", "+39065550174"),
            ("US", "Indicatif,Phone", "+49,30 5550174", "+49305550174"),
            ("US", "Indicatif,Phone", "0049,+44 20 7946 0018", "+442079460018"),
        ],
    )
    def test_one_stands_before_a_local_number(
        self, tmp_path: Path, region: str, header: str, row: str, read: str
    ) -> None:
        file = opened(tmp_path, f"Name,{header}", f"Ann,{row}", region=region)
        assert people(file, region) == [("Ann", [read], [])]


class TestDirectLines:
    def test_an_extension_stands_for_the_zero_of_the_switchboard(self, tmp_path: Path) -> None:
        file = opened(
            tmp_path,
            "Name;Zentrale;Durchwahl;Mobil",
            "Uwe;030 5550-0;174;0171 5550174",
            "Jan;030 5550-0;175;",
            "Ida;030 5550-0;;0171 5550176",
            region="DE",
        )
        assert [phones for _, phones, _ in people(file, "DE")] == [
            ["+49305550174", "+491715550174"],
            ["+49305550175"],
            ["+491715550176"],
        ]

    def test_not_where_the_number_does_not_end_in_one(self, tmp_path: Path) -> None:
        lines = ("Uwe;0171 5550174;030 5550;174", "Jan;0171 5550175;030 5550;175")
        file = opened(tmp_path, "Name;Mobil;Zentrale;Durchwahl", *lines, region="DE")
        assert [phones for _, phones, _ in people(file, "DE")] == [
            ["+491715550174"],
            ["+491715550175"],
        ]


class TestBothKinds:
    @pytest.mark.parametrize(
        "column", ["Phone/Email", "Contact", "Contact details", "Kontaktdaten"]
    )
    def test_each_value_is_what_it_is(self, tmp_path: Path, column: str) -> None:
        file = opened(
            tmp_path,
            f"Name;{column}",
            "Ann;202-555-0134",
            "Bob;b@oak.test",
            'Cy;"202-555-0135, c@oak.test"',
        )
        assert people(file) == [
            ("Ann", [ANN], []),
            ("Bob", [], ["b@oak.test"]),
            ("Cy", [BOB], ["c@oak.test"]),
        ]

    def test_one_that_several_share_is_warned_of_once(self, tmp_path: Path) -> None:
        lines = [f"P{n},202-555-0134" for n in range(3)]
        file = opened(tmp_path, "Name,Phone/Email", "Ann,a@oak.test", *lines)
        assert len(file.columns.warnings) == 1

    @pytest.mark.parametrize("column", ["Tel./Fax", "Phone & Fax", "Fax/Phone"])
    def test_a_phone_that_is_also_a_fax_is_a_phone(self, tmp_path: Path, column: str) -> None:
        file = opened(
            tmp_path, f"Name,{column}", "Ann,202-555-0134", 'Bob,"202-555-0135; Fax: 202-555-0144"'
        )
        read: Sequence[Person] = people(file)
        assert read[0] == ("Ann", [ANN], [])
        assert read[1][1][0] == BOB
        assert OTHER not in read[1][1]

    def test_a_phone_called_a_fax_is_none(self, tmp_path: Path) -> None:
        file = opened(tmp_path, "Name,Phone,Phone (Fax)", "Ann,202-555-0134,202-555-0144")
        assert people(file) == [("Ann", [ANN], [])]


class TestSheets:
    def test_the_first_with_contacts_is_read(self, tmp_path: Path) -> None:
        path = written(
            tmp_path,
            ["Exported for", "Oak Inc."],
            ["Rows", "1"],
            People=[["Name", "Phone"], ["Ann", "202-555-0134"]],
            More=[["Name", "Phone"], ["Bob", "202-555-0135"]],
        )
        file = open_contacts(path, region="US")
        assert people(file) == [("Ann", [ANN], [])]
        assert file.understood()["notes"] == [
            "Sheet `People` is read; `Sheet` and `More` are left out."
        ]

    def test_none_with_contacts(self, tmp_path: Path) -> None:
        path = written(tmp_path, ["Rows", "1"], More=[["City"], ["Berlin"]])
        with pytest.raises(Refused, match="no column holds phones or emails among Rows, 1"):
            open_contacts(path, region="US")
