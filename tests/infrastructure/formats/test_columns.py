"""The meaning of a file's columns, by its header."""

import pytest

from application.refusals import Refused
from infrastructure.formats.columns import Columns, recognise


def recognised(*header: str, mapping: dict[str, str] | None = None) -> Columns:
    """The columns of a header that has a phone and an email besides, so that it can be read."""
    return recognise([*header, "phone", "email"], mapping)


@pytest.mark.parametrize(
    "column",
    [
        "phone",
        "Phone",
        "PHONE",
        " phone ",
        "phones",
        "phone 2",
        "phone2",
        "phone_2",
        "Phone-2",
        "Phone number",
        "phone_number",
        "Phone no.",
        "Phone 1 - Value",
        "Mobile",
        "Mobile phone",
        "Mobile 2",
        "Work phone",
        "Phone (home)",
        "Home Phone",
        "Business Phone 2",
        "Primary phone number",
        "Telephone",
        "Tel",
        "Tel.",
        "Cell",
        "Cell phone",
        "Other phone",
    ],
)
def test_a_phone_column_is_found_by_its_name(column: str) -> None:
    assert recognised(column).phones == (0, 1)
    assert recognised(column).attributes == {}


@pytest.mark.parametrize(
    "column",
    [
        "email",
        "Email",
        "E-mail",
        "e_mail",
        "E-Mail Address",
        "Email address",
        "emails",
        "email2",
        "Email 2",
        "E-mail 1 - Value",
        "E-mail 2 - Value",
        "Work email",
        "Email (private)",
        "mail",
        "Primary e-mail",
    ],
)
def test_an_email_column_is_found_by_its_name(column: str) -> None:
    assert recognised(column).emails == (0, 2)
    assert recognised(column).attributes == {}


@pytest.mark.parametrize(
    "column",
    [
        "E-mail 1 - Type",
        "E-mail 1 - Label",
        "Mobile provider",
        "Email opt-in",
        "Email verified",
        "Last call",
        "Fax",
        "Work",
        "Number",
        "Home",
        "Notes",
        "Lead source",
        "telephones wanted",
        "hotel",
        "1",
    ],
)
def test_every_other_column_is_an_attribute_as_written(column: str) -> None:
    columns = recognised(column)
    assert (columns.phones, columns.emails) == ((1,), (2,))
    assert columns.attributes == {0: column}


@pytest.mark.parametrize(
    "column", ["name", "Name", "Full name", "full_name", "Contact name", "Display Name", "Contact"]
)
def test_the_name_is_found(column: str) -> None:
    columns = recognised(column)
    assert columns.name == 0
    assert columns.attributes == {}


@pytest.mark.parametrize(
    ("header", "parts"),
    [
        (("First name", "Last name"), (0, 1)),
        (("Last name", "First name"), (1, 0)),
        (("first_name", "last_name"), (0, 1)),
        (("Given Name", "Additional Name", "Family Name"), (0, 1, 2)),
        (("Firstname", "Surname"), (0, 1)),
        (("First Name", "Middle Name", "Last Name"), (0, 1, 2)),
        (("Last name",), (0,)),
        (("First", "Last"), (0, 1)),
    ],
)
def test_first_and_last_name_make_a_name(header: tuple[str, ...], parts: tuple[int, ...]) -> None:
    columns = recognised(*header)
    assert columns.name is None
    assert columns.name_parts == parts
    assert columns.attributes == {}


@pytest.mark.parametrize(
    ("column", "attribute"),
    [
        ("Company", "company"),
        ("Organization Name", "company"),
        ("Organization 1 - Name", "company"),
        ("Job Title", "title"),
        ("Title", "title"),
        ("Address", "address"),
        ("City", "city"),
        ("Mailing City", "city"),
        ("Address 1 - City", "city"),
        ("Firma", "company"),
        ("Salutation", "honorific"),
        ("  Colour of eyes ", "Colour of eyes"),
    ],
)
def test_well_known_attributes_have_one_name_for_every_source(column: str, attribute: str) -> None:
    assert recognised(column).attributes == {0: attribute}


@pytest.mark.parametrize("column", ["Country", "country code", "COUNTRY"])
def test_the_country_names_the_region_and_is_an_attribute_too(column: str) -> None:
    columns = recognised(column)
    assert columns.countries == (0,)
    assert columns.attributes == {0: "country"}


def test_a_column_without_a_name_is_called_by_its_number() -> None:
    assert recognised("", "  ").attributes == {0: "Column 1", 1: "Column 2"}


def test_two_columns_of_one_name_are_two_attributes() -> None:
    columns = recognised("Shade", "Shade", "shade")
    assert columns.attributes == {0: "Shade", 1: "Shade 2", 2: "shade"}


def test_a_further_column_of_a_kind_stands_for_the_first_where_it_is_blank() -> None:
    columns = recognised("Home City", "Work City")
    assert columns.attributes == {0: "city", 1: "city 2"}
    assert columns.instead == {1: "city"}


@pytest.mark.parametrize("label", ["Phone 1 - Type", "Phone 1 - Label", "Phone type"])
def test_a_label_belongs_to_the_value_beside_it(label: str) -> None:
    columns = recognise([label, "Phone 1 - Value", "Email"])
    assert columns.labels == {1: 0}
    assert columns.attributes == {}


def test_an_extension_belongs_to_the_phone_beside_it() -> None:
    columns = recognise(["Name", "Phone", "Phone Ext", "Mobile"])
    assert columns.extensions == {1: 2}
    assert columns.phones == (1, 3)


def names_of(*header: str, rows: list[list[str]]) -> tuple[int | None, tuple[int, ...]]:
    """The place of the name and of its parts."""
    columns = recognise(header, rows=rows, region="DE")
    return columns.name, columns.name_parts


def test_a_name_beside_a_first_name_is_the_last_name() -> None:
    rows = [["Uwe", "Meier", "030 5550174"]]
    assert names_of("Vorname", "Name", "Telefon", rows=rows) == (None, (0, 1))
    rows = [["Ana", "Ruiz", "030 5550174"]]
    assert names_of("Nombre", "Apellidos", "Tel\u00e9fono", rows=rows) == (None, (0, 1))


def test_but_a_whole_name_stays_one() -> None:
    rows = [["Uwe", "Uwe Meier", "030 5550174"]]
    assert names_of("First Name", "Name", "Phone", rows=rows) == (1, (0,))


def test_a_title_beside_a_job_title_is_a_form_of_address() -> None:
    assert recognised("Title", "Job Title").attributes == {0: "honorific", 1: "title"}
    rows = [["Ms.", "+49305550174"], ["Dr.", "+49305550175"]]
    assert recognise(["Title", "Phone"], rows=rows).attributes == {0: "honorific"}
    rows = [["CEO", "+49305550174"], ["Dr.", "+49305550175"]]
    assert recognise(["Title", "Phone"], rows=rows).attributes == {0: "title"}


class TestValuesDecide:
    """Where the name of a column says nothing."""

    PHONES = ("030 5550174", "030 5550175", "+49 30 5550176")

    def phones(self, column: str, values: tuple[str, ...]) -> tuple[int, ...]:
        rows = [["a@b.test", value] for value in values]
        return recognise(["Email", column], rows=rows, region="DE").phones

    @pytest.mark.parametrize("column", ["\u260e Contact", "Erreichbar", "", "Number", "Work"])
    def test_nine_in_ten_phones_are_a_column_of_phones(self, column: str) -> None:
        assert self.phones(column, self.PHONES) == (1,)

    def test_nine_in_ten_emails_are_a_column_of_emails(self) -> None:
        rows = [["030 5550174", f"{name}@oak.test"] for name in "abc"]
        assert recognise(["Phone", "Erreichbar"], rows=rows, region="DE").emails == (1,)

    @pytest.mark.parametrize(
        "column", ["Fax", "Assistant's Phone", "Emergency contact phone", "Kundennummer", "Tax ID"]
    )
    def test_not_where_the_name_says_something_else(self, column: str) -> None:
        assert self.phones(column, self.PHONES) == ()

    def test_bare_digits_are_phones_only_under_a_name_of_usual_words(self) -> None:
        assert self.phones("Number", ("305550174", "305550175")) == (1,)
        assert self.phones("Hinweis", ("305550174", "305550175")) == ()

    def test_fewer_than_nine_in_ten_do_not_decide(self) -> None:
        assert self.phones("Hinweis", ("030 5550174", "nein", "ja")) == ()

    @pytest.mark.parametrize("column", ["Company Phone", "Erreichbar"])
    def test_a_number_of_many_rows_is_nobodys_own(self, column: str) -> None:
        rows = [[f"{name}@oak.test", "030 5550174"] for name in "abcde"]
        columns = recognise(["Email", column], rows=rows, region="DE")
        assert columns.phones == ()
        (warning,) = [each for each in columns.warnings if "look like" in each]
        assert column in warning
        assert "many rows have the same one" in warning

    def test_ids_are_no_phones_where_another_column_holds_them(self) -> None:
        rows = [[f"319-555-013{n}", f"712555500{n}"] for n in range(3)]
        columns = recognise(["Phone", "Customer"], rows=rows, region="US")
        assert columns.phones == (0,)


class TestWarnings:
    def test_phones_that_are_kept_as_an_attribute(self) -> None:
        rows = [["a@b.test", "Ann", f"030 555017{n}"] for n in range(5)]
        columns = recognise(["Email", "Name", "Phone of name"], rows=rows, region="DE")
        (warning,) = columns.warnings
        assert "The values of `Phone of name` look like phones" in warning

    def test_not_where_the_name_says_what_they_are(self) -> None:
        rows = [["a@b.test", "Ann", f"030 555017{n}"] for n in range(5)]
        assert recognise(["Email", "Name", "Fax"], rows=rows, region="DE").warnings == ()

    def test_a_value_beside_several_names(self) -> None:
        rows = [[f"P{n}", f"030 555017{n}", "030 5550199"] for n in range(3)]
        columns = recognise(["Name", "Mobil", "Telefon"], rows=rows, region="DE")
        (warning,) = columns.warnings
        assert warning.startswith("`030 5550199` stands in `Telefon` beside 3 different")

    def test_no_name(self) -> None:
        (warning,) = recognise(["Email"], rows=[["a@b.test"]]).warnings
        assert "No column holds names" in warning


def test_no_attribute_is_called_name() -> None:
    """A second column for the name does not change the contact's name."""
    columns = recognised("Name", "Full name")
    assert columns.name == 0
    assert "name" not in columns.attributes.values()
    assert list(columns.attributes) == [1]


def test_several_phone_and_email_columns_are_all_read_in_their_order() -> None:
    columns = recognise(["Email 2", "Mobile", "Name", "Phone", "Email", "Phone 2"])
    assert columns.phones == (1, 3, 5)
    assert columns.emails == (0, 4)


class TestMapping:
    def test_a_mapped_column_is_what_it_is_mapped_to(self) -> None:
        columns = recognise(
            ["who", "rufnummer", "post", "heimat", "memo", "Mobile"],
            {
                "who": "name",
                "Rufnummer": "phone",
                " post ": "email",
                "heimat": "country",
                "memo": "note",
                "Mobile": "ignore",
            },
        )
        assert columns == Columns(
            header=("who", "rufnummer", "post", "heimat", "memo", "Mobile"),
            name=0,
            phones=(1,),
            emails=(2,),
            countries=(3,),
            attributes={3: "country", 4: "note"},
        )

    def test_parts_of_a_name_can_be_mapped(self) -> None:
        columns = recognised("vor", "nach", mapping={"vor": "first_name", "nach": "last_name"})
        assert columns.name_parts == (0, 1)

    def test_a_column_that_the_file_does_not_have_is_refused_by_name(self) -> None:
        with pytest.raises(Refused, match="no column `handy`; it has phone, email"):
            recognised(mapping={"handy": "phone"})

    def test_a_file_with_phones_of_others_alone_is_refused_and_says_so(self) -> None:
        rows = [["Ann", "202-555-0134"], ["Bob", "202-555-0156"]]
        with pytest.raises(Refused, match="`Assistant Phone`: its name says it is somebody else's"):
            recognise(["Name", "Assistant Phone"], rows=rows, region="US")

    def test_a_file_whose_phones_and_emails_are_all_mapped_away_is_refused(self) -> None:
        with pytest.raises(Refused, match="no column holds phones or emails"):
            recognise(["phone"], {"phone": "ignore"})


@pytest.mark.parametrize("header", [["Name", "City"], ["Phone type", "E-mail 1 - Type"], ["a"]])
def test_a_header_without_phone_and_email_is_refused_and_says_what_it_has(
    header: list[str],
) -> None:
    with pytest.raises(Refused) as refused:
        recognise(header)
    assert ", ".join(header) in str(refused.value)
    assert "map a column to `phone` or `email`" in str(refused.value)


def test_a_refusal_is_one_line_whatever_the_columns_are_called() -> None:
    with pytest.raises(Refused, match=r"^no column .* among A b, Column 2; map a column to"):
        recognise(["A\r\nb", " \u2028"])
    with pytest.raises(Refused, match=r"^mapping: the file has no column `a b`; it has phone c$"):
        recognise(["phone\nc"], {"a\nb": "phone"})


def test_either_of_the_two_is_enough() -> None:
    assert recognise(["phone"]).emails == ()
    assert recognise(["email"]).phones == ()
