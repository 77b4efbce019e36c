"""The help article, sentence by sentence, through the command line."""

from tests.acceptance.command_line import CommandLine, counts
from tests.messages import JOHN, JOHN_TOO, MARY, ROW, entered, hubspot_contact, hubspot_lead

HEADER = "Contact Name,Contact Phone #s,Contact Email\n"
JOHN_JONES = f'{HEADER}John Jones,"+1-319-555-5677, +1-319-555-4929",\n'
MARY_MILLER = f"{HEADER}Mary Miller,+1-319-555-0100,mary@example.com\n"


class TestWhatIsAMergedContact:
    def test_the_row_as_the_article_prints_it_shares_no_number_and_stays_a_contact_of_its_own(
        self, cli: CommandLine
    ) -> None:
        cli.imports(JOHN_JONES)
        imported = cli.imports(f"{HEADER}John J,+1-712-555-3956,\n")
        assert counts(imported) == {"rows": 1, "created": 1, "contacts": 2}
        assert cli.contacts() == [
            {"name": "John Jones", "phones": [JOHN, JOHN_TOO]},
            {"name": "John J", "phones": [ROW]},
        ]
        explained = cli.run("explain", *cli.ids(), "--json").document
        assert explained["same"] is False
        assert "they have nothing in common" in explained["because"]

    def test_the_row_as_the_article_tells_it_matches_by_phone_and_the_two_become_one(
        self, cli: CommandLine
    ) -> None:
        cli.imports(JOHN_JONES)
        imported = cli.imports(f'{HEADER}John J,"+1-712-555-3956, (319) 555-5677",\n')
        assert counts(imported) == {"rows": 1, "merged": 1, "contacts": 1}
        assert cli.contacts() == [{"name": "John J", "phones": [JOHN, JOHN_TOO, ROW]}]
        (merge,) = cli.run("merges", "--json").document["items"]
        assert merge["decision"]["rule"] == "csv"
        assert merge["decision"]["matched"] == [{"kind": "phone", "value": JOHN}]

    def test_a_union_of_all_phones_and_emails_and_the_newest_value_of_other_attributes(
        self, cli: CommandLine
    ) -> None:
        cli.imports("Name,Phone,Email,Company,City\nJohn,3195555677,j@example.com,Acme,Ames\n")
        cli.imports("Name,Phone,Email,Company,Job\nJ,3195555677,jj@example.com,Apex,Cook\n")
        cli.imports("Name,Phone,Company\n,3195555677,\n")
        assert cli.contacts() == [
            {
                "name": "J",
                "phones": [JOHN],
                "emails": ["j@example.com", "jj@example.com"],
                "company": "Apex",
                "city": "Ames",
                "title": "Cook",
            }
        ]


class TestCsvContacts:
    def test_a_phone_match_takes_priority_over_an_email_match(self, cli: CommandLine) -> None:
        """John's phone and Mary's email: the new contact merges with John's."""
        cli.imports(JOHN_JONES)
        cli.imports(MARY_MILLER)
        john, mary = cli.ids()
        imported = cli.imports(f"{HEADER}Jack,3195554929,MARY@example.com\n")
        assert counts(imported) == {"rows": 1, "merged": 1, "contacts": 2}
        assert cli.contacts() == [
            {"name": "Jack", "phones": [JOHN, JOHN_TOO], "emails": ["mary@example.com"]},
            {"name": "Mary Miller", "phones": [MARY], "emails": ["mary@example.com"]},
        ]
        (merge,) = cli.run("merges", "--json").document["items"]
        assert merge["survivor"] == john
        assert merge["decision"]["candidates"] == [
            {"contact_id": john},
            {"contact_id": mary, "lost_because": "email_after_phone"},
        ]

    def test_an_email_match_merges_where_no_phone_matches(self, cli: CommandLine) -> None:
        cli.imports(MARY_MILLER)
        imported = cli.imports(f"{HEADER}M. Miller,n/a,Mary M <Mary@Example.com>\n")
        assert counts(imported) == {"rows": 1, "merged": 1, "contacts": 1}
        (mary,) = cli.contacts()
        assert mary["name"] == "M. Miller"
        assert mary["emails"] == ["mary@example.com"]

    def test_the_same_file_and_the_same_row_again_change_nothing(self, cli: CommandLine) -> None:
        rows = (
            'John J,"3195555677, +17125553956",\n'
            "Mary Miller,+1-319-555-0100,mary@example.com\n"
            "M. Miller,,mary@example.com\n"
            "Nobody,n/a,\n"
        )
        file = cli.file(JOHN_JONES + rows)
        first = cli.imports(file)
        assert counts(first) == {
            "rows": 5,
            "created": 2,
            "merged": 2,
            "rejected": 1,
            "contacts": 2,
        }
        verified = cli.run("verify", "--json").document
        assert counts(cli.imports(file)) == {
            "rows": 5,
            "unchanged": 4,
            "rejected": 1,
            "contacts": 2,
        }
        again = cli.imports(f'{HEADER}John J,"+1 712 555 3956, 319-555-5677",\n')
        assert counts(again) == {"rows": 1, "unchanged": 1, "contacts": 2}
        assert cli.run("verify", "--json").document == verified

    def test_the_settings_for_integrations_do_not_affect_csv(self, cli: CommandLine) -> None:
        cli.imports(JOHN_JONES)
        cli.run("settings", "--integration-leads", "never", "--integration-contacts", "never")
        assert counts(cli.imports(f"{HEADER}John J,319-555-4929,\n"))["merged"] == 1


class TestIntegrations:
    def test_phone_number_and_email_must_be_held_by_one_contact(self, cli: CommandLine) -> None:
        """If two different contacts hold them, the record becomes a third."""
        cli.imports(JOHN_JONES)
        cli.imports(MARY_MILLER)
        cli.run("settings", "--integration-contacts", "phone_and_email")
        third, into_mary = cli.sends(
            hubspot_contact("1", "Jack", [JOHN], ["mary@example.com"]),
            hubspot_contact("2", "M", [MARY], ["mary@example.com"]),
        )
        assert (third.outcome, into_mary.outcome) == ("created", "merged")
        assert cli.contacts() == [
            {"name": "John Jones", "phones": [JOHN, JOHN_TOO]},
            {"name": "M", "phones": [MARY], "emails": ["mary@example.com"]},
            {"name": "Jack", "phones": [JOHN], "emails": ["mary@example.com"]},
        ]
        (created,) = cli.run("history", str(third.contact_id), "--json").document["items"]
        assert created["decision"]["because"] == "no_candidate_met_the_rule"

    def test_the_rule_that_is_set_decides_and_changing_it_merges_nothing_by_itself(
        self, cli: CommandLine
    ) -> None:
        cli.imports(MARY_MILLER)
        by_phone = hubspot_contact("1", "By phone", [MARY])
        by_email = hubspot_contact("2", "By email", None, ["mary@example.com"])
        cli.run("settings", "--integration-contacts", "never")
        assert [each.outcome for each in cli.sends(by_phone)] == ["created"]
        cli.run("settings", "--integration-contacts", "email")
        assert len(cli.contacts()) == 2
        assert [each.outcome for each in cli.sends(by_phone, by_email)] == ["unchanged", "merged"]
        assert [contact["name"] for contact in cli.contacts()] == ["By email", "By phone"]

    def test_leads_merge_by_a_setting_of_their_own(self, cli: CommandLine) -> None:
        cli.imports(MARY_MILLER)
        cli.run("settings", "--integration-leads", "email", "--integration-contacts", "never")
        merged, lead = cli.sends(
            hubspot_lead("1", "Merged", None, ["mary@example.com"]),
            hubspot_lead("2", "Lead", [JOHN]),
        )
        assert (merged.outcome, lead.outcome) == ("merged", "created")
        assert cli.contacts("--kind", "lead") == [
            {"name": "Lead", "phones": [JOHN], "kind": "lead"}
        ]
        cli.imports(JOHN_JONES)
        assert [contact["name"] for contact in cli.contacts()] == ["Merged", "John Jones"]
        assert cli.contacts("--kind", "lead") == []


class TestWeDoNotMergeWhen:
    def test_contacts_are_added_by_api_or_created_directly(self, cli: CommandLine) -> None:
        cli.imports(JOHN_JONES)
        results = cli.sends(
            entered("api", "John by API", [JOHN]),
            entered("dashboard", "John by hand", [JOHN]),
            entered("phone_app", "John by phone", [JOHN]),
        )
        assert {result.outcome for result in results} == {"created"}
        assert len(cli.ids("--phone", "319-555-5677")) == 4
        assert cli.run("merges", "--json").document["items"] == []

    def test_an_imported_contact_is_updated_by_its_source(self, cli: CommandLine) -> None:
        """It gets a number of another contact and is not matched again."""
        cli.imports(JOHN_JONES)
        cli.sends(hubspot_contact("1", "Mary", [MARY]))
        (updated,) = cli.sends(hubspot_contact("1", "Mary", [MARY, JOHN]))
        assert updated.outcome == "updated"
        assert cli.contacts() == [
            {"name": "John Jones", "phones": [JOHN, JOHN_TOO]},
            {"name": "Mary", "phones": [MARY, JOHN]},
        ]
