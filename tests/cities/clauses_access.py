"""Sections 1d and 1e: who, since when and how long; monitoring, privacy and records."""
from clauses import Clause

RETENTION = "retention by record series, holds and certificates of destruction come with the records module's next part"
EXPORT = "an export by request number, with redaction and a log of exemptions, comes with the records module's next part"

ACCESS = [
    # ------------------------------------------------------------------------------------------------------------ 1d
    Clause("1d", "S3(A)", "E", "access follows from the job", ["[[department.rule]]", "recruiting"],
           ["acceptable_use.test_S3_A_access_follows_from_the_duties"]),
    # ------------------------------------------------------------------------------------------------------------ 1e
    Clause("1e", "S0(B)", "V", "management may inspect at any time", ["[records]", "the gateway's pages"],
           ["kentucky_2023.test_S0_B_the_page_says_that_use_is_recorded"]),
    Clause("1e", "S0(K)", "V", "traffic may be monitored", ["the gateway"],
           ["kentucky_2023.test_S0_K_every_exchange_leaves_a_record"]),
    Clause("1e", "S1(b)", "V", "no expectation of privacy", ["the gateway's pages"],
           ["kirkwood.test_S1_b_the_page_says_that_use_is_recorded"]),
    Clause("1e", "S2(E)", "V", "the city may monitor at any time", ["the gateway's pages"],
           ["farmer_city.test_S2_E_the_page_says_that_use_is_recorded"]),
    Clause("1e", "S3(D)", "V", "the city may monitor all activity", ["the gateway's pages"],
           ["acceptable_use.test_S3_D_the_page_says_that_use_is_recorded"]),
    Clause("1e", "S4(3.4)", "V", "no expectation of privacy; records may be disclosed", ["the gateway's pages"],
           ["monroe.test_S4_3_4_the_page_says_that_use_is_recorded"], EXPORT),
    Clause("1e", "S3(E)", "E", "personal information stays confidential", ["the gateway"],
           ["acceptable_use.test_S3_E_what_stands_in_a_query_is_not_kept"],
           "pseudonyms in standing reports are not there yet: those reports name nobody, but small groups are not suppressed"),
    Clause("1e", "S2(O)", "V", "the policy may be amended at any time", ["the gateway"],
           ["farmer_city.test_S2_O_each_record_names_the_policy_it_was_decided_under"]),
    Clause("1e", "S3 preamble", "E", "departments may supplement the policy", ["[[department.rule]]"],
           ["acceptable_use.test_S3_preamble_a_department_adds_its_own_rules"]),
]
