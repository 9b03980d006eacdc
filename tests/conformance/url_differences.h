// url_differences.h - where our canonical form answers otherwise than the tables of the web platform, each with its reason.
//
// docs/canonical_form.md explains them. A row that stands here and no longer differs fails the test, so the list stays true.
#pragma once

#include <string_view>

namespace citygate::test {

struct Difference {
  std::string_view what, why;
};

// urltestdata.jsonl, by input.
inline constexpr Difference kOtherUrls[] = {
    {"http://f:0/c", "no origin listens on port 0"},
    {"http://../", "an empty label"},
    {"http://foo.09..", "an empty label"},
    {"http://!\"$&'()*+,-.;=_`{}~/", "characters that RFC 3986 does not allow in a host"},
    {"http://[::127.0.0.1]", "the same address, its last part written as RFC 5952 section 5 has it"},
    {"http://[::%31]", "a zone is dropped: it names an interface of the client's"},
    {"http://example.com/foo/bar//..", "servers that merge slashes go up from elsewhere"},
};

// toascii.jsonl, by input.
inline constexpr Difference kOtherHosts[] = {
    {"a\u2020--", "libidn2 allows no two hyphens there"},
    {">\u0338", "'>' in a host"},
    {"<\u00ad\u0338", "'<' in a host"},
    {">\u00ad\u0338", "'>' in a host"},
    {"look\u206bout.net", "libidn2's older Unicode"},
    {"\u2183.com", "libidn2's older Unicode"},
    {"\u1e9e.com", "capital sharp s became sharp s in Unicode 15.1"},
    {"\u1e9e.foo.com", "capital sharp s became sharp s in Unicode 15.1"},
};

inline constexpr std::string_view kSymbol =
    "IDNA 2008 has no symbols; written as '<' and a combining stroke they hold '<'";
inline constexpr std::string_view kUnicode = "assigned or changed in Unicode after libidn2's tables";
inline constexpr std::string_view kHyphen = "libidn2 allows no hyphen at an end of a label that is not ASCII";

// IdnaTestV2.jsonl.zst, by the A-labels that UTS 46 gives: names that we refuse.
inline constexpr Difference kRefusedNames[] = {
    {"xn--53h", kSymbol},
    {"xn--jbf911clb.xn----p9j493ivi4l", kSymbol},
    {"xn--hwe.xn--zca4946pblnc", kSymbol},
    {"xn--hwe.xn--ss-ci1ub261a", kSymbol},
    {"xn--p8e.xn--1ch3a7084l", kSymbol},
    {"xn--9-mfs8024b", kSymbol},
    {"xn--ss-4epx629f.xn--ifh802b6a", kSymbol},
    {"xn--1ch.xn--6-dl4s", kSymbol},
    {"xn--dlj.xn--zca912alh227g", kSymbol},
    {"xn--dlj.xn--ss-jbe65aw27i", kSymbol},
    {"xn--4xa.xn--1-gocmu97674d", kSymbol},
    {"xn--2kj7565l.xn--gdh", kSymbol},
    {"-.xn--6vj", kSymbol},
    {"xn--tc1a.xn--5ss-3m2a5009e", kSymbol},
    {"xn--skjy82u.xn--gdh", kSymbol},
    {"xn--8-ngo", kSymbol},
    {"xn--xt0a.xn--hdh", kSymbol},
    {"xn--7-mgo.xn--zca892oly5e", kSymbol},
    {"xn--7-mgo.xn--ss-xjvv174c", kSymbol},
    {"xn--7a", kUnicode},
    {"xn--pkf", kUnicode},
    {"xn--snl253bgitxhzwu2arn60c", kUnicode},
    {"xn--ve6h.xn--jgb1694kz0b2176a", kUnicode},
    {"xn--de6h.xn--37e857h", kUnicode},
    {"xn--zca.xn--lgd921mvv0m", kUnicode},
    {"ss.xn--lgd921mvv0m", kUnicode},
    {"xn--ilj2659d.xn--5-dug9054m", kUnicode},
    {"xn--fc9a.xn----qmg097k469k", kUnicode},
    {"xn--s5a04sn4u297k.xn--2e1b", kUnicode},
    {"xn--skb.xn--g9e", kUnicode},
    {"xn--4xa203s.xn--epb", kUnicode},
    {"xn--pt9c.xn--0kjya", kUnicode},
    {"xn--20-9802c.xn--0w5a.xn--1-eg4e", kUnicode},
    {"xn--9-i0j5967eg3qz.ss", kUnicode},
    {"xn--1-5bt6845n", kUnicode},
    {"xn--6-8cb7433a2ba.xn--ss-2vq", kUnicode},
    {"xn--r97c", kUnicode},
    {"xn----991iq40y", kHyphen},
    {"-.xn----ptf", kHyphen},
    {"xn--59e.xn----5jd", kHyphen},
};

// The same table, by input: names to which we give another form.
inline constexpr Difference kOtherNames[] = {
    {"FA\u1e9e.DE", "capital sharp s became sharp s in Unicode 15.1"},
};

}  // namespace citygate::test
