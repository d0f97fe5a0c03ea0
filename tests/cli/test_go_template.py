"""Output templates: what Go's text/template prints for the same, and nothing but one kind of error."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pycrane._cli.terminal import go_template_nodes, go_template_values
from pycrane._cli.terminal.go_template import aligned, render, report
from pycrane._cli.terminal.go_template_values import GoTime, NilMap, NilSlice, Record, TemplateError

VALUE = Record(
    "main.Image",
    {
        "Name": "a",
        "Labels": {"x": "1", "b.c": "<2>"},
        "Layers": ["sha256:a", "sha256:b"],
        "None": NilMap(),
        "Env": NilSlice(),
        "Data": [Record("main.Layer", {"Size": 3, "Type": "m"})],
        "Any": {"deep": {"er": [1, 2.5, True, None]}},
        "Created": GoTime("2023-11-14 22:13:20 +0000 UTC", "2023-11-14T22:13:20Z"),
        "Tag": "",
    },
    optional=frozenset({"Tag"}),
)

# Templates, and what Go prints for the value above.
PRINTED = [
    ("plain", "plain"),
    ("", ""),
    ("{{.Name}}", "a"),
    ("{{ .Name }}{{$.Name}}", "aa"),
    ("a {{- .Name -}} b", "aab"),
    ("a {{- /* no */ -}} b{{/* }} */}}", "ab"),
    ("{{-3}}", "-3"),
    ("{{3 -}}   x", "3x"),
    ("{{.Labels}} {{.Layers}} {{.None}} {{.Env}}", "map[b.c:<2> x:1] [sha256:a sha256:b] map[] []"),
    ("{{.Data}} {{.Any}}", "[{3 m}] map[deep:map[er:[1 2.5 true <nil>]]]"),
    ("{{.Labels.x}} {{.Labels.y}}", "1 <no value>"),
    ('{{index .Labels "b.c"}}{{index .Labels "y"}}', "<2>"),
    ('{{index .Any "y"}}', "<no value>"),
    ("{{index .Layers 1}} {{(index .Data 0).Size}}", "sha256:b 3"),
    ("{{index .Any.deep.er 0}}", "1"),
    ("{{.Created}}", "2023-11-14 22:13:20 +0000 UTC"),
    ("{{json .Created}}{{json .None}}{{json .Env}}", '"2023-11-14T22:13:20Z"nullnull'),
    ("{{json .Labels}}", '{"b.c":"<2>","x":"1"}'),
    ("{{json .Data}}{{.Data | json}}", '[{"Size":3,"Type":"m"}][{"Size":3,"Type":"m"}]'),
    ("{{range .Layers}}{{.}},{{end}}", "sha256:a,sha256:b,"),
    ("{{range $i, $e := .Layers}}{{$i}}={{$e}};{{end}}", "0=sha256:a;1=sha256:b;"),
    ("{{range $k, $v := .Labels}}{{$k}}={{$v}};{{end}}", "b.c=<2>;x=1;"),
    ("{{range .Env}}x{{else}}none{{end}}", "none"),
    ("{{range .Layers}}{{if eq . `sha256:b`}}{{break}}{{end}}{{.}}{{end}}", "sha256:a"),
    ("{{range 3}}{{if eq . 1}}{{continue}}{{end}}{{.}}{{end}}", "02"),
    ("{{range $i, $e := .Env}}{{else}}{{$i}}|{{$e}}{{end}}", "[]|[]"),
    ("{{with $x := 0}}{{else}}{{$x}}{{end}}", "0"),
    ("{{$i := 0}}{{$e := 0}}{{range $i, $e = .Layers}}{{end}}{{$i}}{{$e}}", "1sha256:b"),
    ("{{.Labels.y.z}}", "<no value>"),
    (r'{{js "\u2028é"}}', r"\u2028é"),
    ('{{printf "%[2]s %[1]s" "a" "b"}}{{printf "%[1]d %[1]x %d" 10 11}}', "b a10 a 11"),
    ("{{range $x := 2}}{{$x}}{{$.Name}}{{end}}", "0a1a"),
    ('{{if eq .Name "b" "a"}}yes{{else}}no{{end}}', "yes"),
    ("{{if .None}}1{{else if .Env}}2{{else if .Name}}3{{else}}4{{end}}", "3"),
    ("{{with .Data}}{{len .}}{{end}}{{with .Env}}x{{else}}y{{end}}", "1y"),
    ("{{with $x := .Name}}{{$x}}{{.}}{{end}}", "aa"),
    ("{{with .Env}}x{{else with .Name}}{{.}}{{end}}", "a"),
    ('{{$x := "k"}}{{if true}}{{$x = "l"}}{{$y := 1}}{{end}}{{$x}}', "l"),
    ("{{and 1 0}}{{and 1 2}}{{or 0 `` 3}}{{or 0 ``}}{{not 0}}", "023true"),
    ("{{and .Env (index .Env 5)}}{{or .Name (index .Env 5)}}", "[]a"),
    ("{{lt 1 2}} {{le 2 2}} {{gt `b` `a`}} {{ge 1.5 2.5}} {{ne 1 2}}", "true true true false true"),
    ("{{eq nil nil}} {{eq .Labels.y `1`}}", "true false"),
    ("{{len `é`}}{{len .Labels}}{{len .Env}}", "220"),
    ("{{slice `abcd` 1 3}}{{slice .Layers 1}}{{slice `ab`}}", "bc[sha256:b]ab"),
    ('{{join .Layers ","}}{{.Layers | len}}', "sha256:a,sha256:b2"),
    ("{{split `a,b` `,`}}{{upper `ab`}}{{lower `AB`}}{{title `ab cd`}}", "[a b]ABabAb Cd"),
    ("{{truncate `abcdef` 3}}{{truncate `ab` 3}}|{{pad `a` 1 2}}|{{pad `` 1 2}}|", "abcab| a  ||"),
    ("{{print 1 2 `x` 3 .Env}}|{{println 1 `x`}}", "1 2x3 []|1 x\n"),
    ("{{html `<a&\"'>`}}{{js `'<`}}{{urlquery `a b/?`}}", "&lt;a&amp;&#34;&#39;&gt;\\'\\u003Ca+b%2F%3F"),
    ("{{1e20}} {{1000000.0}} {{100000.0}} {{123456789.5}}", "1e+20 1e+06 100000 1.234567895e+08"),
    ("{{0.00001}} {{0.0001}} {{-0.5}}", "1e-05 0.0001 -0.5"),
    ("{{0x1F}} {{1_000}} {{'a'}} {{0b11}} {{017}}", "31 1000 97 3 15"),
    (r'{{"\u00e9\x41\101\t\\"}}', "éAA\t\\"),
    ("{{`a\\n`}}", "a\\n"),
    ('{{"x}}"}}', "x}}"),
    ('{{.Name | printf "%s-%s" "z"}}', "z-a"),
    ('{{printf "%-5s|%5d|%05d|%q|%x|%X" "a" 3 -7 "é\\n" "a" 255}}', 'a    |    3|-0007|"é\\n"|61|FF'),
    ('{{printf "%v %+v" (index .Data 0) (index .Data 0)}}', "{3 m} {Size:3 Type:m}"),
    ('{{printf "%d %s" "x"}} {{printf "%d" 1 2}}', "%!d(string=x) %!s(MISSING) 1%!(EXTRA int=2)"),
    (
        '{{printf "%t %.2f %e %g %c %U %%" true 1.555 1.5 1e6 65 65}}',
        "true 1.55 1.500000e+00 1e+06 A U+0041 %",
    ),
    (
        '{{printf "%T %T %T" 1 "a" .Layers}} {{printf "%q" .Layers}}',
        'int string []string ["sha256:a" "sha256:b"]',
    ),
    ('{{printf "%*d %+d %6.2f" 4 1 2 3.14159}}', "   1 +2   3.14"),
]


@pytest.mark.parametrize(("template", "expected"), PRINTED)
def test_a_template_prints_what_go_prints(template, expected):
    assert render(template, VALUE).decode() == expected


REFUSED = [
    "{{",
    "{{.Name",
    "{{}}",
    "{{.}",
    "{{if}}{{end}}",
    "{{if 1}}",
    "{{end}}",
    "{{else}}",
    "{{range 3}}{{else if 1}}{{end}}",
    "{{.Nope}}",
    "{{.Name.X}}",
    "{{nope}}",
    "{{$x}}",
    "{{$x = 1}}",
    "{{nil}}",
    "{{1 | 2}}",
    "{{.Name 1}}",
    "{{1 .Name}}",
    "{{.Name | .Name}}",
    "{{(1}}",
    "{{1)}}",
    "{{'ab'}}",
    '{{"a}}',
    '{{"\\q"}}',
    '{{"\\ud800"}}',
    "{{08}}",
    "{{99999999999999999999}}",
    "{{index .Layers 2}}",
    "{{index .Layers -1}}",
    "{{index .Layers `a`}}",
    "{{index .Labels 1}}",
    "{{index 1 1}}",
    "{{slice `ab` 2 1}}",
    "{{slice `abc` 1 2 3}}",
    "{{len 3}}",
    "{{len nil}}",
    "{{eq 1 `a`}}",
    "{{eq .Env .Env}}",
    "{{lt true false}}",
    "{{lt 1 `a`}}",
    "{{join `a` `b`}}",
    "{{join .Layers 1}}",
    "{{upper 1}}",
    "{{truncate `a` -1}}",
    "{{truncate `a` `b`}}",
    "{{pad `a` -1 0}}",
    "{{printf 1}}",
    "{{printf}}",
    '{{printf "%[3]d" 1}}',
    '{{printf "%99999999d" 1}}',
    '{{printf "%*d" -1 1}}',
    "{{range .Name}}{{end}}",
    "{{range true}}{{end}}",
    "{{break}}",
    "{{define `a`}}{{end}}",
    "{{template `a`}}",
    "{{block `a` .}}{{end}}",
    "{{if $x := 1}}{{end}}{{$x}}",
    "{{$a, $b := 1}}",
    "{{and}}",
    "{{true.X}}",
    "{{.Name.}}",
    "{{..}}",
    "{{`a`.X}}",
    "{{if 0}}{{$y := 1}}{{else}}{{$y}}{{end}}",
    "{{1 2}}",
    "{{`a``b`}}",
    "{{.Labels.b-c}}",
    "{{end 1}}",
    "{{eq 1}}",
    "{{not}}",
    "{{json}}",
]


@pytest.mark.parametrize("template", REFUSED)
def test_what_go_refuses_is_an_error(template):
    with pytest.raises(TemplateError):
        render(template, VALUE)


def test_the_error_names_the_fields_that_are_there():
    with pytest.raises(TemplateError) as error:
        render("{{.Lables}}", Record("main.Image", {"Name": "", "Labels": {}}))
    assert error.value.message == "can't evaluate field Lables in type main.Image; it has Name, Labels"


def test_json_keeps_the_order_of_fields_and_leaves_out_what_is_empty():
    shown = render("{{json .}}", VALUE).decode()
    assert shown.startswith('{"Name":"a","Labels":')
    assert '"Tag"' not in shown
    named = Record("X", {"OS": "linux", "Created": NilSlice()}, {"OS": "os"}, frozenset({"Created"}))
    assert render("{{json .}}", named) == b'{"os":"linux"}'


def test_json_escapes_line_separators_alone():
    assert render("{{json .}}", "<&>\u2028é") == '"<&>\\u2028é"'.encode()


def test_bytes_that_are_not_text_stay_bytes():
    assert render(r'{{"\xff"}}{{slice "é" 0 1}}', None) == b"\xff\xc3"


@pytest.mark.parametrize(
    "template",
    [
        "{{range 1000}}{{range 1000}}{{range 1000}}{{end}}{{end}}{{end}}",
        "{{range 99999999999}}{{end}}",
        "{{$x := `aaaaaaaa`}}{{range 100}}{{$x = print $x $x}}{{end}}",
        "{{$x := `aaaaaaaa`}}{{range 100}}{{$x = printf `%s%s` $x $x}}{{end}}",
        "{{$x := `aaaaaaaa`}}{{range 100}}{{$x = html $x $x}}{{end}}",
        "{{range 1000}}{{printf `%999999d` 1}}{{end}}",
        "{{range 1000}}{{pad `a` 999999 1}}{{end}}",
        "{{" + "(" * 100 + "1" + ")" * 100 + "}}",
        "{{if 1}}" * 100 + "{{end}}" * 100,
        "{{if 0}}" + "{{else if 0}}" * 100 + "{{end}}",
        "x" * 100_000,
    ],
    ids=lambda template: template[:40],
)
def test_work_and_output_are_bounded(monkeypatch, template):
    monkeypatch.setattr(go_template_values, "MOST_OUTPUT", 1_000_000)
    monkeypatch.setattr(go_template_nodes, "MOST_OUTPUT", 1_000_000)
    monkeypatch.setattr(go_template_nodes, "_MOST_STEPS", 10_000)
    with pytest.raises(TemplateError):
        render(template, None)


def test_a_report_ends_its_line_and_knows_two_escapes_in_its_text():
    rows = [VALUE]
    assert report("{{.Name}}", rows) == b"a\n"
    assert report(r"{{.Name}}\n", rows) == b"a\n"
    assert report(r"a\tb", rows) == b"a\tb\n"
    assert report("{{println .Name}}", rows) == b"a\n\n"
    assert report(r'{{"\n"}}{{.Name}}x', rows) == b"\nax"
    assert report("table", rows) == b"table\n"


def test_a_table_has_columns():
    rows = [Record("T", {"A": "short", "B": "x"}), Record("T", {"A": "a much longer cell", "B": "y"})]
    assert report(r"table {{.A}}\t{{.B}}", rows) == b"short               x\na much longer cell  y\n"
    assert report(r"table {{.B}}\t{{.B}}", rows) == b"x           x\ny           y\n"


def test_columns_end_where_a_line_has_no_cell():
    assert aligned(b"a\tb\nc\nlonger text\td", 0) == b"a  b\nc\nlonger text  d"


PIECES = re.compile(r"[{}-]+|\w+ ?|.", re.DOTALL)
WORDS = st.sampled_from(sorted({piece for template, _ in PRINTED for piece in PIECES.findall(template)}))


@given(st.one_of(st.text(), st.lists(WORDS, max_size=30).map("".join)))
def test_no_template_raises_another_error(template):
    for apply in (lambda: render(template, VALUE), lambda: report(template, [VALUE])):
        with suppress(TemplateError):
            assert isinstance(apply(), bytes)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(JSON, st.text(alphabet="%+-# 0123456789.*[]vTtdsqxXbocUeEfFgG", max_size=20))
def test_no_value_raises_another_error(value, form):
    for template in ("{{.}}{{json .}}", "{{printf .f .v .v}}", "{{range .v}}{{.}}{{end}}", "{{title .v}}"):
        with suppress(TemplateError):
            render(template, {"f": form, "v": value})
