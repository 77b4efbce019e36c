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
        "Company phone",
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
        "Phone 1 - Type",
        "Phone 1 - Label",
        "Phone type",
        "Mobile provider",
        "Email opt-in",
        "Email verified",
        "Last call",
        "Fax",
        "Work",
        "Number",
        "Home",
        "City",
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


def test_a_column_without_a_name_is_ignored() -> None:
    assert recognised("", "  ").attributes == {}


def test_two_columns_of_one_name_are_two_attributes() -> None:
    assert recognised("City", "City", "city").attributes == {0: "City", 1: "City 2", 2: "city"}


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


def test_either_of_the_two_is_enough() -> None:
    assert recognise(["phone"]).emails == ()
    assert recognise(["email"]).phones == ()
