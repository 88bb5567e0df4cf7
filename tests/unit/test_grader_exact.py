"""Grader `exact`: its rules, each with what it must accept and what it must not."""

import pytest

from oneshot_rlvr.rewards.graders import extract_boxed, grade

RIGHT = [
    # numbers
    ("1000", "1{,}000"),
    ("1000", "1,000"),
    ("1000", "1\\,000"),
    ("1000", "1 000"),
    ("-8", "−8"),
    ("504", "five hundred four"),
    ("27.0", "27"),
    ("045", "45"),
    ("0.5", "50\\%"),
    ("20\\%", "20"),
    ("20\\%", "0.2"),
    ("40\\%", "40 percent"),
    ("\\frac{2}{3}", "⅔"),
    ("\\frac{27}{2}", "13\\frac{1}{2}"),
    ("\\frac{11}{2}", "5 1/2"),
    ("\\frac{1}{2}", "{1 \\over 2}"),
    ("3.3e12", "3.3 \\times 10^{12}"),
    ("3.3e12", "33 \\cdot 10^11"),
    ("3.3e-10", "3.3E-10"),
    ("24", "4!"),
    ("9", "\\sqrt{81}"),
    ("1 + 2004!", "2004!+1"),
    ("\\$23{,}000", "23000.00"),
    ("5000000", "5 million"),
    # units, labels, wrapping
    ("42", "42 \\text{ cm}^2"),
    ("42", "42\\,\\mathrm{~kg}"),
    ("70^\\circ", "70\\text{ degrees}"),
    ("70^\\circ", "70°"),
    ("15\\mbox{ cm}^2", "15 cm^2"),
    ("42", "\\text{Answer: } 42"),
    ("42", "\\text{There are } 42 \\text{ ways}"),
    ("42", "\\mathbf{42}"),
    ("42", "\\color{red}{42}"),
    ("42", "$42$."),
    ("42", "m+n = 42"),
    ("42", "P(A) = 42"),
    ("1003", "998 + 5 = 1003"),
    ("\\frac{7}{18}", "\\frac{7}{18} \\approx 0.3889"),
    ("\\frac35", "\\frac{3}{5} = 0.6"),
    # expressions
    ("(x+1)^2", "x^2+2x+1"),
    ("12\\sqrt{3}", "\\sqrt{432}"),
    ("2k", "2 \\cdot k"),
    ("\\frac{\\sqrt{3}}{4}", "\\frac{3}{4\\sqrt{3}}"),
    ("\\frac{1}{(a + b)^3}", "(a+b)^{-3}"),
    ("-\\frac{16\\sqrt{481}}{481}", "-16/\\sqrt{481}"),
    ("6+9i", "9\\mathrm{i}+6"),
    ("\\lambda_{\\text {red}} / \\sqrt{2}", "\\frac{\\lambda_{red}}{\\sqrt2}"),
    ("x(x+1)", "x^2+x"),
    # lists, tuples, intervals, matrices, equations
    ("1,-2", "-2, 1"),
    ("1,3", "x = 1 \\text{ or } x = 3"),
    ("1,3", "\\{3, 1\\}"),
    ("1 \\pm \\sqrt{19}", "1+\\sqrt{19}, 1-\\sqrt{19}"),
    ("(6,5)", "(x, y) = (6, 5)"),
    ("(1,2),(3,4)", "(3,4) \\text{ and } (1,2)"),
    ("(3,4]", "3 < x \\le 4"),
    ("(2,\\infty)", "x > 2"),
    ("(2,12) \\cup (12,102)", "x \\in (12,102) U (2,12)"),
    ("\\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix}", "\\left[\\begin{array}{c} 1 \\\\ 2 \\\\ \\end{array}\\right]"),
    ("\\begin{pmatrix} 16/49 \\\\ 48/49 \\end{pmatrix}", "\\frac{16}{49}\\begin{pmatrix} 1 \\\\ 3 \\end{pmatrix}"),
    ("k=2 n-1", "2n - 1 = k"),
    ("f(x)=x+22", "f(x) - (x+22) = 0"),
    ("f(n)=n^2", "n^2"),
    ("y = -2x", "2x + y = 0"),
    ("204_5", "204_{\\text{five}}"),
    ("204_5", "(204)_{5}"),
    ("1:2", "1\\colon 2"),
    ("m \\neq 1", "m \\ne 1"),
    # words and choices
    ("\\text{(C)}", "C"),
    ("\\text{(C)}", "\\textbf{(C)} 12"),
    ("\\text{(C)}", "\\text{Option C}"),
    ("\\text{even}", "EVEN"),
    ("\\text{Navin}", "Navin"),
    ("\\text{even}", "\\text{The answer is } \\text{even}"),
]

WRONG = [
    ("10", "1000"),
    ("10", "0.1"),
    ("62048", "62049"),
    ("1", "1.00005"),
    ("0.264", "0.264264"),
    ("\\frac{17}{145}", "0.12"),
    ("288 \\pi", "904.32"),
    ("6 \\sqrt{2}", "8.5"),
    ("16.67\\%", "0.1667\\%"),
    ("\\frac{5}{8}", "62.5"),
    ("1938", "1, 938"),
    ("3", "3 \\times 10^3"),
    ("1.07e16", "1.0700535 \\times 10^{16}"),
    ("506", "506_7"),
    ("40_9", "40_{10}"),
    ("23", "23!"),
    ("12", "12 \\Rightarrow 99"),
    ("12", "12 | 13"),
    ("12", "12 \\\\ 13"),
    ("12", "12 \\approx 99"),
    ("12", "12 = 99"),
    ("12", "12 & 99"),
    ("12", "12 \\text{ or } 99"),
    ("12", "12 \\quad 99"),
    ("12", "12 blah blah 20"),
    ("12", "12 \\text{ to } 99"),
    ("735", "735 \\text{ is wrong, it is } 56"),
    ("50", "128\\text{50}"),
    ("0", "25\\text{ (not 0)}"),
    ("12", "\\{12, 5\\}"),
    ("50", "x \\ge 50"),
    ("1,3,5", "135"),
    ("1,3,5", "1,3"),
    ("7,4", "74"),
    ("1 \\pm \\sqrt{19}", "1+\\sqrt{19}"),
    ("(3,4]", "[3,4)"),
    ("(1,2)", "(2,1)"),
    ("(\\frac12,\\frac23)", "[\\frac12,\\frac23)"),
    ("(-2,3)\\cup(4,5)", "(-2,3)\\cap(4,5)"),
    ("(2,\\infty)", "2"),
    ("(1,2),(3,4)", "(2,1),(3,4)"),
    ("(a+5)(b+2)", "(c+5)(b+2)"),
    ("\\frac{11+9a}{20}", "11+\\frac{9a}{20}"),
    ("\\lceil n / 2\\rceil+1", "\\lceil n / 2\\rceil-1"),
    ("\\lfloor\\frac{2 n-1}{5}\\rfloor", "\\lfloor\\frac{2 n-1}{6}\\rfloor"),
    ("2^{1009}", "2^{1009}-1"),
    ("1\\frac{4}{5}", "\\frac{4}{5}"),
    ("k=2 n-1", "k=-(2n-1)"),
    ("k=2 n-1", "2n"),
    ("-13x+3", "-13q+3"),
    ("p - q", "q - p"),
    ("6+9i", "6-9i"),
    ("\\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix}", "\\begin{pmatrix} 1 & 2 \\end{pmatrix}"),
    ("\\text{(C)}", "B, C"),
    ("\\text{(C)}", "ABCDE"),
    ("\\text{even}", "\\text{not even}"),
    ("\\text{even}", "neve"),
    ("42", ""),
    ("42", "?"),
    ("42", "\\ldots"),
    ("", ""),
    ("", "1"),
]


@pytest.mark.parametrize(("truth", "answer"), RIGHT)
def test_accepts(truth, answer):
    assert grade(f"So $\\boxed{{{answer}}}$.", truth, "exact").correct is True


@pytest.mark.parametrize(("truth", "answer"), WRONG)
def test_rejects(truth, answer):
    assert grade(f"So $\\boxed{{{answer}}}$.", truth, "exact").correct is False


@pytest.mark.parametrize(
    ("response", "truth", "correct"),
    [
        ("\\boxed{5}, no: \\boxed{7}", "7", True),
        ("\\boxed{7}, no: \\boxed{5}", "7", False),
        ("\\boxed{7}. Again: \\boxed{5", "7", False),  # what breaks off takes the earlier box back
        ("\\boxed{28.8} ... The final answer is $5$. I hope it is correct.", "28.8", False),
        ("$\\boxed{7}$ and $\\boxed{4}$.", "7,4", True),
        ("$\\boxed{7}$ and $\\boxed{4}$.", "4", True),
        ("\\fbox{7}", "7", True),
        ("\\boxed 42$.", "42", True),
        ("\\boxed{\\boxed{42}}", "42", True),
        ("the answer is 42", "42", False),
        ("\\boxed{42", "42", False),
        ("\\boxed", "42", False),
        ("", "42", False),
    ],
)
def test_which_box_counts(response, truth, correct):
    assert grade(response, truth, "exact").correct is correct


def test_reasons():
    assert grade("no box", "4", "exact").reason == "unparsed"
    assert grade("\\boxed{5}", "4", "exact").reason == "wrong"
    assert grade("\\boxed{5}", "5", "exact").reason == "correct"
    assert grade("\\boxed{ 5 }", "5", "exact").extracted == " 5 "


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("\\boxed{a} \\boxed{b}", "b"),
        ("\\boxed{a{b}c} \\boxed{d", "a{b}c"),
        ("\\boxed{x \\boxed{y} z}", "x \\boxed{y} z"),
        ("\\boxed{a \\} b}", "a \\} b"),
        ("\\boxed{a \\boxed{b} c", "b"),
        ("} \\boxed {5}", "5"),
        ("{" * 50, None),
    ],
)
def test_extract_boxed(text, content):
    assert extract_boxed(text) == content
