# ruff: noqa: E501  (one row for each truth)
"""Pairs of truth and answer for grader `exact`, by kind: written before its rules, to measure them.

Each row is (truth, right answers, wrong answers); the parts of a cell are split at ` || `.
"""

from collections.abc import Iterator

_NUMBER_KINDS = {
    "words_before_number": (
        "exactly || only || just || The answer is || There are || a total of || Answer: || The total is || So "
        "|| The value is || equals || we get || The final answer is || Therefore, || It is || Thus the answer is "
        "|| The number of ways is || Total: || The area is || Hence || The sum is || The probability is",
        "minus || negative || half of || a third of || triple || three times || the square root of || cube root of "
        "|| at most || at least || no more than || not || anything but || everything except || every number except "
        "|| the inverse of || two less than || two more than || ten times || multiples of || divisors of || not equal to "
        "|| greater than || smaller than || fewer than || about half || a quarter of || log of || the factorial of "
        "|| the square of || the negative of || nearly twice || almost || up to || over || beyond || the sum of digits of "
        "|| the answer is not || the answer is less than || is below || the reciprocal of || a divisor of || base || mod "
        "|| the remainder of || between 1 and || or || sine of || the absolute value of || the number before || plus",
    ),
    "words_after_number": (
        "ways || students || apples || marbles || people || cm || meters || square units || years || different ways "
        "|| total || points || days || miles || cubic inches || dollars || integers || solutions || books || hours",
        "dozen || dozens || hundred || hundreds || thousandths || halves || fifths || eighths || quarters || squared "
        "|| cubed || factorial || k || bn || mn || per y || times x || less than n || more than z || plus x "
        "|| minus one || percent off x || score || gross || or so more || to the fourth || million || m x || n "
        "|| lakh || crore || doubled || halved || or fewer || at least || and up || mod 5 || times ten || trillion || tenths",
    ),
}  # fmt: skip
_NUMBERS = ("17", "26", "340")

_UNITS_RIGHT = (
    (r"250 \text{ g}", r"0.25 \text{ kg} || 250 || 250\text{ grams} || 250{,}000 \text{ mg}"),
    (r"3 \text{ hours}", r"180 \text{ minutes} || 3 \text{ h} || 10800 \text{ seconds} || 3"),
    (r"2 \text{ km}", r"2000 \text{ m} || 2\text{ kilometers} || 200000 \mathrm{~cm}"),
    (r"72 \text{ km/h}", r"20 \text{ m/s} || 72 \text{ kilometers per hour} || 72 \text{ kph} || 72"),
    (r"4 \text{ ft}", r"48 \text{ inches} || 4 \text{ feet} || 4 \text{ foot}"),
    (r"1.5 \text{ L}", r"1500 \text{ mL} || 1.5 \text{ liters} || 1500 \text{ cm}^3"),
    (r"\$0.75", r"75 \text{ cents} || \$ 0.75 || 0.75 \text{ dollars} || 0.75"),
    (r"21 \text{ days}", r"3 \text{ weeks} || 21 || 504 \text{ hours}"),
    (r"9 \text{ cm}^2", r"900 \text{ mm}^2 || 9 \mathrm{~cm}^2 || 9 \text{ sq cm} || 9 \text{ square centimeters}"),
    (r"11 \text{ a.m.}", r"11{:}00 \text{ AM} || 11 \text{ am} || \text{11:00 a.m.}"),
    (r"4:20 \text{ p.m.}", r"4:20 \text{ PM} || 4:20 || \text{4:20 pm}"),
    (r"60^\circ", r"60 \text{ degrees} || 60 || 60^{\circ}"),
    (r"6 \mathrm{~m/s^2}", r"6 \text{ m s}^{-2} || 6 \text{ meters per second squared} || 6"),
)
_UNITS_WRONG = (
    r"250 \text{ g} | 250 \text{ kg}; 3 \text{ hours} | 3 \text{ minutes}; 2 \text{ km} | 2 \text{ m}; 72 \text{ km/h} "
    r"| 72 \text{ m/s}; 4 \text{ ft} | 4 \text{ inches}; 1.5 \text{ L} | 1.5 \text{ mL}; \$75 | 75 \text{ cents}; "
    r"21 \text{ days} | 21 \text{ weeks}; 9 \text{ cm}^2 | 9 \text{ cm}^3; 9 \text{ cm}^2 | 9 \text{ cm}; "
    r"11 \text{ a.m.} | 11 \text{ p.m.}; 4{:}20 \text{ PM} | 4{:}20 \text{ AM}; 60^\circ | 60 \text{ radians}; "
    r"35^\circ\text{C} | 35^\circ\text{F}; 8\% | \$8; 14 \text{ cats} | 14 \text{ dogs}; 16 \text{ N} | 16 \text{ W}; "
    r"7 \text{ miles} | 7 \text{ km}; 30 \text{ mph} | 30 \text{ km/h}; 2 \text{ years} | 2 \text{ months}; "
    r"6\pi \text{ m}^2 | 6\pi \text{ m}^3; 5 \mathrm{~mol} | 5 \mathrm{~g}; 20 \text{ square inches} | 20 \text{ square feet}; "
    r"9 \text{ green hats} | 9 \text{ white hats}; 12 \text{ oz} | 12 \text{ lb}; 4 \mathrm{~V} | 4 \mathrm{~A}; "
    r"25 \text{ euros} | 25 \text{ dollars}; 90 \text{ K} | 90^\circ\text{C}; 3:15 | 3:25; 8 \text{ in}^2 | 8 \text{ in}"
)

_ROWS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "angle_bracket_vector": (
        (r"\langle 5,7,2\rangle", r"\left\langle 5,7,2 \right\rangle || \langle 5, 7, 2\rangle",
         r"\langle 7,5,2\rangle || \langle 2,7,5\rangle || \langle 5,7\rangle || \{5,7,2\} || \langle 5,2,7\rangle || 5,7,2,1"),
        (r"\langle 6,-3\rangle", r"\langle 12/2,\,-3\rangle || \langle 6.0,-3\rangle", r"\langle -3,6\rangle || \langle 6,3\rangle || \langle 6\rangle || -3"),
        (r"\langle 4,4\rangle", r"\left\langle 4,4\right\rangle || \langle4,\;4\rangle", r"\langle 4\rangle || 4 || \langle 4,4,4\rangle"),
        (r"\langle 0,9\rangle", r"\langle 0, 9 \rangle || \left\langle 0,9\right\rangle", r"\langle 9,0\rangle || \{0,9\} || 9"),
        (r"\vec{u} = \langle 8, 2\rangle", r"\langle 8,2\rangle || \vec{u} = \langle 8,2 \rangle || \vec u=\left\langle 8,2\right\rangle", r"\vec{u} = \langle 2, 8\rangle || \langle 2,8\rangle"),
        (r"\left\langle \frac12, 3\right\rangle", r"\langle 0.5,3\rangle || \langle \tfrac12, 3 \rangle || \langle 1/2, 3\rangle", r"\langle 3,\frac12\rangle || \{3, 1/2\}"),
        (r"\langle a, b\rangle", r"\langle a,b \rangle || \left\langle a,\ b\right\rangle || \langle a,\,b\rangle", r"\langle b, a\rangle || \langle a\rangle"),
        (r"\langle 1,0,0\rangle", r"\langle 1, 0, 0\rangle || \left\langle 1,0,0\right\rangle || \langle 2/2,0,0\rangle || \langle1,0,0\rangle", r"\langle 0,1,0\rangle || \langle 0,0,1\rangle || \langle 1,0\rangle"),
    ),
    "empty_set_forms": (
        (r"\emptyset", r"\varnothing || ∅ || \{\} || \{ \} || \left\{\right\} || \text{no solution} || \O", r"\{0\} || 0 || \{\emptyset\} || \{1\} || \infty || \{\varnothing\} || \text{one solution} || \text{all reals}"),
        (r"\varnothing", r"\emptyset || ∅ || \{\,\} || \text{No solutions} || \text{the empty set}", r"\{\varnothing\} || \{0\} || 1 || 0 || \mathbb{R} || \text{none of these is empty}"),
        (r"\text{DNE}", r"\text{Does not exist} || \text{does not exist} || \text{The limit does not exist} || \text{DNE}", r"0 || \infty || \text{exists} || 1"),
        (r"\text{no solutions}", r"\text{no solution} || \text{There is no solution} || \text{There are no solutions} || \emptyset", r"\text{one solution} || 0 || \text{infinitely many solutions}"),
        (r"\text{no real solutions}", r"\text{There is no real solution} || \text{No real solution} || \text{no real solution.}", r"\text{two real solutions} || \text{real solutions} || 2"),
        (r"\text{undefined}", r"\text{Undefined} || undefined", r"\text{defined} || 0"),
        (r"-\infty", r"-\infty || -∞", r"\infty || +\infty || 0"),
    ),
    "environments": (
        (r"\begin{pmatrix} 5 & 6 \\ 7 & 8 \end{pmatrix}", r"\begin{bmatrix} 5 & 6 \\[3pt] 7 & 8 \end{bmatrix} || [[5,6],[7,8]] || \begin{pmatrix} 5 & 6 \cr 7 & 8 \end{pmatrix} || \left(\begin{smallmatrix} 5 & 6 \\ 7 & 8 \end{smallmatrix}\right) || \left[\begin{array}{cc} 5 & 6 \\* 7 & 8 \end{array}\right] || \begin{pmatrix} 5 & 7 \\ 6 & 8 \end{pmatrix}^T",
         r"\begin{pmatrix} 5 & 7 \\ 6 & 8 \end{pmatrix} || [[5,7],[6,8]] || \begin{pmatrix} 5 & 6 \\ 8 & 7 \end{pmatrix} || \begin{pmatrix} 5 & 6 \\[3pt] 7 & 9 \end{pmatrix} || \begin{pmatrix} 5 & 6 \\ 7 & 8 \end{pmatrix}^T || \begin{pmatrix} 5 & 6 \end{pmatrix}"),
        (r"\begin{pmatrix} 2 \\ 9 \end{pmatrix}", r"\begin{pmatrix} 2 & 9 \end{pmatrix}^T || \begin{bmatrix} 2 \\[1ex] 9 \end{bmatrix} || \begin{pmatrix} 2 & 9 \end{pmatrix}^{\top}", r"\begin{pmatrix} 2 & 9 \end{pmatrix} || \begin{pmatrix} 9 & 2 \end{pmatrix}^T || \begin{pmatrix} 9 \\ 2 \end{pmatrix}"),
        (r"x=7, y=-4", r"\begin{cases} x=7 \\ y=-4 \end{cases} || \begin{aligned} x &= 7 \\ y &= -4 \end{aligned} || \left\{\begin{array}{l} x=7 \\ y=-4 \end{array}\right. || \begin{cases} y=-4 \\ x=7 \end{cases}", r"\begin{cases} x=-4 \\ y=7 \end{cases} || \begin{aligned} x &= 7 \\ y &= 4 \end{aligned} || \begin{cases} x=7 \end{cases}"),
        (r"(3,8)", r"\begin{cases} x=3 \\ y=8 \end{cases} || \begin{cases} y=8 \\ x=3 \end{cases}", r"\begin{cases} x=8 \\ y=3 \end{cases}"),
        (r"\begin{cases} x^3 & x<2 \\ 8 & x \ge 2 \end{cases}", r"\begin{cases} x^3, & x<2 \\ 8, & x \ge 2 \end{cases} || \begin{cases} 8 & \text{if } x \ge 2 \\ x^3 & \text{if } x<2 \end{cases} || f(x) = \begin{cases} x^3 & \text{for } x < 2, \\ 8 & \text{for } x \ge 2 \end{cases} || \begin{cases} x^3 & x<2 \\ 8 & \text{otherwise} \end{cases}",
         r"\begin{cases} x^3 & x>2 \\ 8 & x \le 2 \end{cases} || \begin{cases} x^2 & x<2 \\ 8 & x \ge 2 \end{cases} || x^3 || \begin{cases} 8, & x<2 \\ x^3, & x \ge 2 \end{cases}"),
        (r"\begin{cases} x-1 & x \ge 1 \\ 1-x & x < 1 \end{cases}", r"|x-1| || |1-x|", r"|x+1| || x-1"),
        (r"27", r"\begin{aligned} 27 \end{aligned} || \begin{array}{c} 27 \end{array} || \begin{aligned} &27 \end{aligned}", r"\begin{aligned} 28 \end{aligned} || \begin{array}{cc} 27 & 28 \end{array}"),
    ),
    "family_and_congruence": (
        (r"x = \frac{\pi}{3} + k\pi, k \in \mathbb{Z}", r"x = \frac{\pi}{3} + n\pi, n \in \mathbb{Z} || x=\frac{\pi}{3}+m\pi\ (m\in\mathbb{Z}) || x = \frac{\pi}{3} + \pi n \text{ for any integer } n || x = \frac{\pi}{3} + k\pi, \text{ where } k \text{ is an integer} || x = \frac{4\pi}{3} + k\pi, k \in \mathbb{Z} || \frac{\pi}{3} + k\pi, k \in \mathbb{Z}",
         r"x = \frac{\pi}{3} + 2k\pi, k \in \mathbb{Z} || x = \frac{\pi}{6} + k\pi, k \in \mathbb{Z} || x = \frac{\pi}{3} || x = \frac{\pi}{3} + k\pi, k \in \mathbb{N} || x = \frac{\pi}{3} + k, k \in \mathbb{Z}"),
        (r"\left[k\pi, k\pi+\frac{\pi}{2}\right], k \in \mathbb{Z}", r"[n\pi, n\pi+\tfrac{\pi}{2}]\ (n\in\mathbb{Z}) || [k\pi, \frac{(2k+1)\pi}{2}], k\in\mathbb{Z}", r"[2k\pi, 2k\pi+\frac{\pi}{2}], k \in \mathbb{Z} || (k\pi, k\pi+\frac{\pi}{2}), k \in \mathbb{Z} || [0,\frac{\pi}{2}]"),
        (r"x \equiv 5 \pmod{11}", r"x \equiv 16 \pmod{11} || x\equiv 5 \mod 11 || x = 11k+5, k\in\mathbb{Z} || x \equiv -6 \pmod{11} || x \equiv 5 \pmod {11} || x = 11n + 5 \text{ for integer } n", r"x \equiv 6 \pmod{11} || x \equiv 5 \pmod{12} || x = 12k+5, k\in\mathbb{Z} || x \equiv 5 \pmod{22} || x=11k+5, k \in \mathbb{N}"),
        (r"4", r"4 \pmod 9 || x \equiv 4 \pmod 9 || 4 \mod{9} || n \equiv 4 \pmod{13}", r"5 \pmod 9 || x \equiv 5 \pmod 9 || 4 \pmod{x} + 1 || x \equiv 13 \pmod 9"),
        (r"x = 2k+1, k \in \mathbb{Z}", r"x = 2n - 1, n \in \mathbb{Z} || 2k+1 \text{ for any integer } k || x \equiv 1 \pmod 2", r"x = 2k, k \in \mathbb{Z} || x = 4k+1, k \in \mathbb{Z} || x = 1 || x = 2k+1, k \in \mathbb{N}"),
    ),
    "foreign_money_and_units": (
        (r"65", r"€65 || £65 || ¥65 || ₹65 || 65€ || \text{€}65 || \euro 65 || \pounds 65 || \yen 65 || \text{Rs.}\,65 || \text{Rs. } 65 || \text{\textdollar}65 || US\$65 || ₩65 || ₽65 || 65\text{ 元} || 65 \text{ €} || \text{USD } 65 || 65\text{ км} || 65 \text{ años} || 65 \text{ 米} || 65\text{ Äpfel} || 65\text{ mètres} || 65\text{ кг} || 65\text{ 人} || 65 \text{ días} || 65 \text{ часов} || 65\text{ 時間} || 65 \text{ سنة} || 65\text{ रुपये} || 65\text{ ώρες} || 65\text{ złotych} || 65 \text{ 天} || 65\text{ Schüler} || 65\text{ élèves}",
         r"€66 || 65 \text{ 万} || 65\text{ млн} || 65 \text{ 亿} || £6.5 || \$65 \text{ million} || 65\text{ тысяч} || 65\text{ 千} || €6500 || 65\text{ करोड़} || 65\text{ लाख} || 65 \text{ 百} || -€65 || ¥56 || \text{€}56 || 56\text{ км} || 65\text{ Milliarden} || 65\text{ мільйонів} || 65\text{ millón} || 65\text{ 半} || 65\text{ половина}"),
        (r"\$18", r"18 || \$18.00 || 18 \text{ dollars} || US\$18", r"€18 || 18\text{ cents} || \$81 || £18 || \$18 \text{ thousand}"),
    ),
    "named_coordinates": (
        (r"(7,-2)", r"P(7,-2) || Q = (7,-2) || x=7, y=-2 || y=-2, x=7 || x=7 \text{ and } y=-2 || B\left(7,-2\right) || \text{The point }(7,-2) || (x,y)=(7,-2) || M(7,-2) || x = 7,\ y = -2",
         r"P(-2,7) || x=-2, y=7 || y=7, x=-2 || Q(7,2) || \text{The point }(-2,7) || x=7 || P(7,-2,0) || (x,y)=(-2,7)"),
        (r"(4,1,6)", r"a=4, b=1, c=6 || c=6, a=4, b=1 || A(4,1,6) || x=4, y=1, z=6 || (a,b,c)=(4,1,6)", r"a=1, b=4, c=6 || a=4, b=6, c=1 || A(1,4,6) || x=4, y=1"),
        (r"A(5,6), B(7,8)", r"A = (5,6),\ B = (7,8) || B(7,8), A(5,6) || A(5,6) \text{ and } B(7,8) || A=(5,6), B=(7,8)", r"A(7,8), B(5,6) || A = (7,8),\ B=(5,6) || A(5,6) || A(6,5), B(7,8) || A(5,6), B(8,7)"),
        (r"(r, \theta) = (2, \frac{\pi}{6})", r"(2, \frac{\pi}{6}) || r=2, \theta=\frac{\pi}{6}", r"(\frac{\pi}{6}, 2) || r=\frac{\pi}{6}, \theta=2"),
        (r"(0,5)", r"F(0,5) || \text{the point } (0,5)", r"F(5,0) || \text{the point } (5,0)"),
    ),
    "number_forms": (
        (r"\frac{4}{9}", r"0.444\ldots || 0.(4) || 0.4444... || 0.\overline{4} || 0.\dot{4} || 0.444\dots", r"0.44 || 0.(5) || 0.4\ldots 5 || 0.454545\ldots"),
        (r"0.\overline{27}", r"0.272727\ldots || 3/11 || 0.(27) || \frac{3}{11}", r"0.27 || 0.2777\ldots || 0.(72)"),
        (r"\frac{5}{6}", r"0.8333\ldots || 0.8(3) || 0.8\overline{3}", r"0.8(4) || 0.83"),
        (r"12.25^\circ", r"12^\circ 15' || 12^\circ15' || 12^{\circ}15^{\prime} || 12.25", r"12^\circ 25' || 12^\circ || 12^\circ 15''"),
        (r"48^\circ 30'", r"48.5^\circ || 48^{\circ} 30^{\prime} || 48^\circ30'", r"48.3^\circ || 48^\circ || 48^\circ 3'"),
        (r"B7_{16}", r"\text{B7}_{16} || \mathrm{B7}_{16} || (B7)_{16}", r"7B_{16} || B7_{15} || 183_{16}"),
        (r"1011_2", r"1011 \text{ (base 2)} || 1011 \text{ in base } 2 || 1011_{\text{two}} || 1011_{2}", r"1011 \text{ (base 3)} || 1101_2 || 1011_{10}"),
        (r"56", r"{}_8C_3 || ^8C_3 || C_8^{3} || C(8,3) || \binom{8}{3} || {}_{8}C_{3} || C_8^3", r"{}_8C_2 || C(8,2) || \binom{8}{4} || ^7C_3 || {}_8P_3"),
        (r"105", r"7!! || 105", r"7! || 5!!"),
        (r"\frac{\sqrt3}{2}", r"\sin 60^\circ || \cos 30^\circ || \sin(60^\circ)", r"\sin 30^\circ || \cos 60^\circ || \sin 60"),
        (r"\sin 25^\circ", r"\cos 65^\circ || \sin(25^\circ)", r"\cos 25^\circ || \sin 65^\circ"),
        (r"7654321", r"7\text{,}654\text{,}321 || 7{,}654{,}321", r"7\text{,}654 || 7, 654, 321"),
        (r"B, D", r"\text{B and D} || D, B || \text{(B), (D)} || \text{B, D}", r"B || \text{B and C} || \text{(B), (C)} || B, C, D"),
        (r"3", r"\text{three solutions} || \text{three} || \text{Three ways}", r"\text{two solutions} || \text{thirteen} || \text{three dozen}"),
        (r"\overline{w}", r"\bar w || \bar{w}", r"w || \bar{z}"),
    ),
    "range_forms": (
        (r"(0,2)\cup(2,\infty)", r"x>0, x\ne 2 || (0,\infty)\setminus\{2\} || x>0 \text{ and } x\neq 2 || ]0,2[\cup]2,+\infty[ || \{x \mid x>0, x \ne 2\}", r"x>0 || (0,\infty) || x \ne 2 || (0,2]\cup(2,\infty) || x>0 \text{ or } x \neq 2"),
        (r"\mathbb{R}", r"(-\infty,\infty) || \text{all real numbers} || \text{All reals} || (-\infty,+\infty) || ℝ || x \in \mathbb{R}", r"(0,\infty) || [-\infty, 0) || \emptyset || \mathbb{Z} || \mathbb{R}\setminus\{0\}"),
        (r"[-5,5]", r"|x| \le 5 || -5 \le x \le 5 || \{x : |x| \le 5\} || \{x \in \mathbb{R} \mid -5 \le x \le 5\} || x \ge -5 \text{ and } x \le 5", r"|x| < 5 || |x| \ge 5 || (-5,5) || |x-1| \le 5 || -5 \le x < 5"),
        (r"(-1,7)", r"]-1,7[ || |x-3|<4 || -1<x<7 || \{x \mid -1<x<7\} || 7>x>-1 || ]-1;7[", r"]-1,7] || [-1,7[ || |x-4|<3 || |x-3|\le 4 || \{-1,7\}"),
        (r"x<-4 \text{ or } x>4", r"|x|>4 || (-\infty,-4)\cup(4,\infty) || \{x \mid x<-4 \text{ or } x>4\}", r"|x|<4 || |x|\ge 4 || x>4 || x<-4 \text{ and } x>4"),
        (r"x \neq 6", r"\mathbb{R}\setminus\{6\} || (-\infty,6)\cup(6,\infty) || \{x \mid x \ne 6\} || \mathbb{R}-\{6\} || x \in \mathbb{R}, x \ne 6", r"x = 6 || \mathbb{R} || x \ne -6 || (6,\infty)"),
        (r"\mathbb{R} \setminus \{-2,2\}", r"x \ne \pm 2 || (-\infty,-2)\cup(-2,2)\cup(2,\infty) || x \ne 2, x \ne -2 || x \neq -2, 2", r"x \ne 2 || (-2,2) || (-\infty,-2)\cup(2,\infty)"),
        (r"\{3,8\}", r"\{3\}\cup\{8\} || \{8,3\} || \{3,8\}\cup\{3\}", r"\{3\}\cap\{8\} || [3,8] || \{3\}"),
        (r"[2,9]", r"[2,5]\cup[4,9] || [2,20]\cap[0,9] || [2,5]\cup(5,9]", r"[2,4]\cup[5,9] || [2,5)\cup(5,9] || [2,5]\cap[4,9]"),
        (r"p > q > r", r"r < q < p", r"q > p > r || r > q > p || p > q"),
        (r"k < \frac{7}{3} \text{ and } k \neq 1", r"(-\infty,1)\cup(1,\tfrac73) || k<\frac73, k \ne 1", r"(-\infty,\tfrac73) || k \ne 1"),
    ),
    "ratios": (
        (r"4:7", r"\frac{4}{7} || 8:14 || 4 \text{ to } 7 || 4/7 || \frac47:1 || 4\colon 7 || 12:21 || 4\text{ to }7", r"7:4 || \frac74 || 4:8 || 7 \text{ to } 4 || 11 || 4:7:1 || 3:7 || 4,7"),
        (r"2:3:6", r"4:6:12 || 2 : 3 : 6 || 1:1.5:3 || \frac13:\frac12:1", r"3:2:6 || 2:6:3 || 2:3 || 6:3:2"),
        (r"\frac{3}{8}", r"3:8 || 6:16 || 3\text{ to }8", r"8:3 || 3:9"),
        (r"5:2", r"2.5 || 10:4 || \frac52", r"0.4 || 2:5 || 52"),
        (r"1:\sqrt2", r"\sqrt2:2 || 1:\sqrt{2} || \frac{1}{\sqrt2}", r"\sqrt2:1 || 1:2"),
        (r"9:16", r"18:32 || \frac{9}{16} || 9 \text{ to } 16", r"3:4 || 16:9 || 9:15"),
    ),
    "text_answers": (
        (r"\text{parabola}", r"\text{a parabola} || \text{The parabola} || Parabola || \text{A parabola.} || \text{parabola}", r"\text{ellipse} || \text{not a parabola} || \text{two parabolas and a line}"),
        (r"\text{Emma and Noah}", r"\text{Noah and Emma} || \text{Noah, Emma} || \text{Emma, Noah} || \text{Emma} \text{ and } \text{Noah}", r"\text{Emma} || \text{Emma and Liam} || \text{Noah or Liam} || \text{Emma, Noah, Liam}"),
        (r"\text{no solution}", r"\text{No solutions} || \text{There is no solution}", r"\text{one solution} || \text{a solution}"),
        (r"\text{right triangle}", r"\text{right-angled triangle} || \text{a right triangle} || \text{Right triangle}", r"\text{isosceles triangle} || \text{triangle} || \text{left triangle} || \text{no right triangle}"),
        (r"\text{equilateral}", r"\text{Equilateral triangle} || \text{an equilateral triangle} || \text{equilateral}", r"\text{scalene} || \text{not equilateral} || \text{scalene triangle}"),
        (r"\text{a hyperbola}", r"\text{hyperbola} || \text{the hyperbola}", r"\text{a circle} || \text{a line}"),
        (r"\text{Friday}", r"Friday || \textbf{Friday} || \text{friday}", r"\text{Monday} || \text{Saturday} || \text{Not Friday}"),
        (r"\text{Yes}", r"\text{yes} || Yes || YES", r"\text{No} || \text{not yes} || no"),
    ),
    "unit_vector_accents": (
        (r"4\mathbf{i} - 7\mathbf{j}", r"4\hat{i} - 7\hat{j} || 4\vec{i}-7\vec{j} || 4\hat{\imath} - 7\hat{\jmath} || 4\hat{\mathbf i} - 7\hat{\mathbf j} || 4\mathbf i-7\mathbf j || \langle 4,-7\rangle", r"4\hat{i} + 7\hat{j} || 7\hat{i}-4\hat{j} || -7\mathbf{i}+4\mathbf{j} || \langle -7,4\rangle || 4\hat i || 4-7"),
        (r"\langle 3, 8 \rangle", r"\begin{pmatrix} 3 \\ 8 \end{pmatrix} || 3\mathbf{i}+8\mathbf{j} || 3\hat{i}+8\hat{j} || 8\hat{j}+3\hat{i}", r"\begin{pmatrix} 8 \\ 3 \end{pmatrix} || 8\mathbf{i}+3\mathbf{j} || 3\hat i-8\hat j || \langle 8,3\rangle"),
        (r"\langle 1, -4, 2\rangle", r"\mathbf{i}-4\mathbf{j}+2\mathbf{k} || \hat{i}-4\hat{j}+2\hat{k} || \begin{bmatrix}1\\-4\\2\end{bmatrix}", r"\mathbf{i}+4\mathbf{j}+2\mathbf{k} || \langle -4,1,2\rangle || \mathbf{i}-4\mathbf{j}"),
        (r"3\vec{a} - \vec{b}", r"3\mathbf{a}-\mathbf{b} || -\vec b+3\vec a || 3\vec a-\vec b", r"3\vec{b} - \vec{a} || 3\vec{a}+\vec{b}"),
        (r"6\hat{\imath} + \hat{\jmath}", r"6\hat{i}+\hat{j} || 6\mathbf{i}+\mathbf{j} || \hat{j}+6\hat{i} || \boldsymbol{\hat{\jmath}}+6\boldsymbol{\hat{\imath}}", r"6\hat{j}+\hat{i} || 6\hat i-\hat j || \mathbf{i}+\mathbf{j} || 6\hat{i} || 7"),
    ),
    "wrappers": (
        (r"31", r"\large 31 || \Large{31} || {\Huge 31} || \LARGE 31 || \hspace{2mm}31 || 31\tag{3} || 31 \\ || `31` || \implies 31 || \approx 31 || 31 = x || \text{The number is 31} || \mathrm{Answer}: 31 || \operatorname{lcm}(1,31)=31 || \gcd(62,93)=31 || 31\ \blacksquare || 31\,\square || \begin{align*}31\end{align*} || \begin{gathered}31\end{gathered} || \begin{equation*}31\end{equation*} || \sum_{k=1}^n b_k = 31 || \footnotesize 31 || \vspace{1em} 31 || \phantom{0}31 || \max(3,31) = 31 || \therefore 31 || \mathbf{31}. || \underline{31} || \boxed{31} || 31\qed",
         r"\large 32 || \Large{13} || \hspace{2mm}30 || 30\tag{31} || \implies 30 || 30 = x || \approx 30 || \text{The number is 30} || \gcd(31,62)=30 || \operatorname{lcm}(1,31)=30 || \begin{align*}30\end{align*} || 31 \\ 32 || \begin{gathered}30\\31\end{gathered} || \sum_{k=1}^{31} b_k = 30 || \max(3,31) || `30` || \gcd(62,93) || \text{The number is not 31} || \phantom{31} || \hspace{31mm}"),
        (r"5\pi", r"5\pi \text{ (approximately 15.71)} || 5\pi \approx 15.708 || 15.707963267948966 || \approx 15.70796", r"\approx 15.7 || 5\pi \approx 17 || 6\pi \text{ (approximately 15.71)}"),
        (r"15.71", r"5\pi \approx 15.71 || \approx 15.71", r"5\pi \approx 15.7 || 15.7"),
    ),
}  # fmt: skip

_INVISIBLE = "\u200b\ufeff\u2060\u200e\u200f\xad\u200d\u200c\u2061\u2062\u202a\u202c"
_MINUS = "\u2212\u2013\uff0d\u2010\u2011\ufe63"
_DOUBLES = (
    (r"\sqrt{11}", "3.3166247903554", "3.3166257903554"),
    (r"\sqrt{13}", "3.605551275463989", "3.605551375463989"),
    (r"6\pi", "18.84955592153876", "18.84955692153876"),
    (r"\frac{5}{7}", "0.7142857142857143", "0.7142867142857143"),
    (r"\frac{8}{3}", "2.6666666666666665", "2.6666676666666665"),
    (r"e^3", "20.085536923187668", "20.085536823187668"),
    (r"\frac{\pi}{7}", "0.4487989505128276", "0.4487989605128276"),
    (r"\sqrt{6}+\sqrt{10}", "5.611767402951557", "5.611767502951557"),
    (r"\frac{10}{13}", "0.7692307692307693", "0.7692307792307693"),
    (r"\ln 5", "1.6094379124341003", "1.6094379224341003"),
    (r"7\sqrt{3}", "12.12435565298214", "12.12435665298214"),
    (r"\frac{200}{7}", "28.571428571428573", "28.571428671428573"),
    (r"\frac{\sqrt{5}+1}{2}", "1.618033988749895", "1.618033888749895"),
    (r"\frac{22}{9}", "2.4444444444444446", "2.4444454444444446"),
    (r"\cos 1", "0.5403023058681398", "0.5403023158681398"),
    (r"\sqrt[3]{4}", "1.5874010519681994", "1.5874011519681994"),
    (r"2^{0.5}+1", "2.414213562373095", "2.414213662373095"),
    (r"\frac{1}{11}", "0.09090909090909091", "0.09090919090909091"),
    (r"-\sqrt{17}", "-4.123105625617661", "-4.123105725617661"),
    (r"\frac{5\pi}{9}", "1.7453292519943295", "1.7453292619943295"),
    (r"\log_2 7", "2.807354922057604", "2.807354822057604"),
)


# Written after the rules, to see how far they reach beyond the pairs above.
MORE_RIGHT = (
    ('(-3,4]', '-3<x\\leq 4'), ('[0,\\infty)', 'x\\geq0'), ('[0,\\infty)', '\\{x\\in\\mathbb{R}: x\\ge 0\\}'),
    ('(-\\infty,5)', ']-\\infty;5['), ('(-\\infty, -1] \\cup [3, \\infty)', 'x \\le -1 \\text{ or } x \\ge 3'),
    ('(-\\infty, -1] \\cup [3, \\infty)', '|x-1| \\ge 2'),
    ('(-\\infty, -1] \\cup [3, \\infty)', 'x\\in(-\\infty,-1]\\cup[3,+\\infty)'),
    ('x \\ge 3 \\text{ or } x \\le -1', '(-\\infty,-1]\\cup[3,\\infty)'), ('(1,3)', '1 < x < 3'),
    ('(1,3)', 'x \\in (1,3)'), ('(1,3)', '\\{x: 1<x<3\\}'), ('(1,3)', 'x>1 \\text{ and } x<3'), ('(1,3)', 'x>1, x<3'),
    ('(1,3)', '\\left]1,3\\right['), ('\\mathbb{R}\\setminus\\{0\\}', 'x\\neq0'),
    ('\\mathbb{R}\\setminus\\{0\\}', '\\{x \\mid x \\neq 0\\}'),
    ('\\mathbb{R}\\setminus\\{0\\}', '\\text{all real numbers except } 0'),
    ('\\mathbb{R}\\setminus\\{0\\}', '(-\\infty,0)\\cup(0,\\infty)'),
    ('\\mathbb{R}\\setminus\\{1,4\\}', 'x \\ne 1, 4'),
    ('\\mathbb{R}\\setminus\\{1,4\\}', 'x \\neq 1 \\text{ and } x \\neq 4'), ('x\\ge 2', '[2,\\infty)'),
    ('x > 2', '2 < x'), ('0 < r < 5', '(0,5)'), ('\\left(-\\frac{1}{2}, \\infty\\right)', 'x > -0.5'),
    ('\\left(-\\frac{1}{2}, \\infty\\right)', 'x>-\\frac12'), ('[-2,2]', 'x^2 \\le 4'),
    ('(-\\infty,\\infty)', '\\text{the set of all real numbers}'), ('(-\\infty,\\infty)', 'x \\in \\mathbb{R}'),
    ('\\mathbb{R}', '\\R'), ('(2,5)', '\\left(2,\\ 5\\right)'), ('[2,5]\\cup\\{7\\}', '\\{7\\}\\cup[2,5]'),
    ('\\{-1\\}\\cup[2,\\infty)', 'x=-1 \\text{ or } x\\ge 2'), ('\\{1,2,3\\}', '\\{1,2\\}\\cup\\{3\\}'),
    ('\\{1,2,3,4\\}', '\\{1,2,3,4\\}'), ('x<y<z', 'z>y>x'), ('(-\\infty,0)\\cup(0,2)', 'x<2, x\\neq 0'),
    ('a<b', 'b>a'), ('(-1,1)\\cup(1,3)', '-1<x<3,\\ x\\neq 1'), ('(-1,1)\\cup(1,3)', '-1<x<3 \\text{ and } x\\ne1'),
    ('(-1,1)\\cup(1,3)', '(-1,3)\\setminus\\{1\\}'), ('(-1,1)\\cup(1,3)', '(-1,3)\\backslash\\{1\\}'),
    ('\\frac{7}{12}', '0.58333\\ldots'), ('\\frac{1}{7}', '0.142857142857\\ldots'),
    ('\\frac{1}{7}', '0.\\overline{142857}'), ('0.1\\overline{6}', '0.1666\\ldots'), ('\\pi', '3.14159265\\ldots'),
    ('\\sqrt2', '1.41421356...'), ('22.5^\\circ', "22^\\circ30'"), ('1', '\\tan 45^\\circ'),
    ('\\frac{\\sqrt2}{2}', '\\cos 45^\\circ'), ('2+\\sqrt3', '\\tan 75^\\circ'),
    ('\\tan 15^\\circ', '\\cot 75^\\circ'), ('252', '\\binom{10}{5}'), ('252', '{10 \\choose 5}'),
    ('252', '^{10}C_{5}'), ('252', 'C_{10}^5'), ('252', '{}_{10}\\text{C}_5'), ('252', '{}^{10}C_5'),
    ('252', 'C(10,5)'), ('60', '{}_5P_3'), ('60', 'P(5,3)'), ('48', '6!!'), ('1010_2', '(1010)_2'),
    ('1010_2', '1010_{\\text{two}}'), ('2C_{16}', '\\text{2C}_{16}'), ('2C_{16}', '2C'),
    ('123_5', '123 \\text{ (base five)}'), ('123_5', '123\\text{ base }5'), ('123_5', '123'),
    ('1{,}500', '1\\text{,}500'), ('12000', '12 \\text{ thousand}'), ('3500000', '3.5 \\text{ million}'),
    ('35\\%', '35 \\text{ percent}'), ('\\frac{7}{3}', '2\\frac{1}{3}'), ('A,B,D', '\\text{A, B, and D}'),
    ('A,B,D', 'D,B,A'), ('A,D', '\\text{(A) and (D)}'), ('7', '\\text{seven}'), ('7', '\\text{seven ways}'),
    ('21', '\\text{twenty-one}'), ('40', '\\text{forty students}'), ('-3', '-\\text{three}'),
    ('1500 \\text{ m}', '1.5\\text{ km}'), ('90 \\text{ minutes}', '1.5 \\text{ hours}'),
    ('90 \\text{ min}', '1 \\text{ hour } 30 \\text{ minutes}'), ('2.5 \\text{ dollars}', '250 \\text{ cents}'),
    ('\\$2.50', '250\\text{ cents}'), ('2\\text{ tons}', '4000\\text{ pounds}'),
    ('36 \\text{ inches}', '1\\text{ yard}'), ('12 \\text{ cm}', '12'), ('12\\text{ cm}', '12 cm'),
    ('12\\text{ cm}', '12\\,\\text{centimeters}'), ('12\\text{ cm}', '0.12\\text{ m}'),
    ('60\\text{ mph}', '60 \\text{ miles per hour}'), ('60\\text{ mph}', '88 \\text{ feet per second}'),
    ('5 \\text{ apples}', '5'), ('5', '5 \\text{ red apples}'), ('3 \\text{ ways}', '3 \\text{ different ways}'),
    ('25\\pi \\text{ square units}', '25\\pi'), ('25\\pi \\text{ square units}', '25\\pi \\text{ units}^2'),
    ('25\\pi', '25\\pi \\text{ cm}^2'), ('2:30 \\text{ p.m.}', '2{:}30 \\text{ pm}'), ('2:30 \\text{ p.m.}', '14:30'),
    ('8 \\text{ AM}', '8:00 \\text{ a.m.}'), ('45^\\circ', '45 \\text{ deg}'),
    ('\\frac{\\pi}{4}', '\\frac{\\pi}{4} \\text{ radians}'),
    ('9.8\\text{ m/s}^2', '9.8 \\frac{\\text{m}}{\\text{s}^2}'), ('5', '5\\text{ sq. ft.}'),
    ('5\\text{ ft}^2', '5\\text{ sq ft}'), ('4 \\text{ kg}\\cdot\\text{m/s}', '4 \\text{ kg m/s}'),
    ('20^\\circ\\text{C}', '20 \\text{ degrees Celsius}'), ('20', '20^\\circ\\text{C}'), ('6', '6\\text{ pm}'),
    ('120', '120 \\text{ boxes}'), ('120', '120 \\text{ pieces of candy}'), ('120', '120 \\text{ candies}'),
    ('16', '16 \\text{ slices of pizza}'), ('16', '\\$16 \\text{ per hour}'),
    ('16', '16\\text{ people per square mile}'), ('16', '16 \\text{ more apples}'), ('72', '72 \\text{ clips}'),
    ('540', '540 \\text{ meters per week}'), ('64', '64 \\text{ GB}'), ('5', '5\\text{ units}'),
    ('5', '\\text{5 units}'), ('5', '5\\text{ pounds}'), ('5', '\\text{Rs } 5'), ('5', '₹5'), ('5', '5₽'),
    ('5', '5 \\text{ zł}'), ('5', '5\\text{ kroner}'), ('5', 'CHF 5'), ('5', '\\text{EUR } 5'),
    ('5', '5\\text{ EUR}'), ('5', 'A\\$5'), ('5', 'C\\$5'), ('5', '5\\text{ 元人民币}'), ('5', '5\\text{ 本}'),
    ('5', '5\\text{ 公斤}'), ('5', '5\\text{ litros}'), ('5', '5\\text{ Stück}'), ('5', '5\\text{ jours}'),
    ('5', '5\\text{ кг}'), ('5', '5\\text{ рублей}'), ('5', '5\\text{ 개}'), ('5', '5\\text{ 명}'),
    ('5', '5\\text{ km²}'), ('5', '5\\text{ тетрадей}'), ('5', '5\\text{ días}'), ('5', '5\\text{ niños}'),
    ('5', '5 años'), ('5', '5 км'), ('5', '5€'), ('5', '5 €'), ('1200', '1\\,200\\text{ €}'), ('5', '\\text{¥}5'),
    ('5', '￥5'), ('5', '＄5'), ('12', '\\text{We have } 12'), ('12', '\\text{Thus, the answer is } 12'),
    ('12', '\\text{The smallest number is } 12'), ('12', '\\text{The total number of ways is } 12'),
    ('12', '\\text{Therefore } 12'), ('12', '\\text{Total} = 12'), ('12', '\\text{Area} = 12'),
    ('12', 'x \\text{ is } 12'), ('12', '\\text{The value of } x \\text{ is } 12'), ('12', 'n = 12'),
    ('12', '\\text{Answer } 12'), ('12', '\\text{There are 12 ways}'), ('12', '\\text{Ans: } 12'),
    ('12', '12\\text{ (exactly)}'), ('12', '12\\text{ in total}'), ('12', '12\\text{ integers}'),
    ('12', '\\text{12 people}'), ('12', '12\\text{.}'), ('12', '\\text{Final answer: 12}'),
    ('\\text{Tuesday}', '\\text{On Tuesday}'), ('\\text{odd}', '\\text{Odd.}'),
    ('\\text{Tom and Ann}', '\\text{Ann \\& Tom}'), ('\\text{Tom, Ann, Bob}', '\\text{Bob, Ann and Tom}'),
    ('\\text{isosceles triangle}', '\\text{isosceles}'), ('\\text{rhombus}', '\\text{A rhombus}'),
    ('\\text{no}', '\\text{No}'), ('\\text{True}', '\\text{true}'),
    ('\\text{infinitely many}', '\\text{Infinitely many solutions}'), ('\\text{no solution}', '\\varnothing'),
    ('\\text{no solution}', '\\text{None}'), ('\\text{no solution}', '\\text{There are none}'),
    ('\\text{does not exist}', '\\text{The limit does not exist.}'), ('\\text{undefined}', '\\text{Undefined}'),
    ('\\text{DNE}', '\\text{Does Not Exist}'), ('\\emptyset', '\\text{No solution exists}'), ('\\emptyset', '\\phi'),
    ('x = 30^\\circ + 180^\\circ n, n\\in\\mathbb{Z}', 'x = 30^\\circ + 180^\\circ k,\\ k\\in\\mathbb{Z}'),
    ('\\frac{\\pi}{6}+2\\pi k, \\frac{5\\pi}{6}+2\\pi k, k\\in\\mathbb{Z}', 'x=\\frac{\\pi}{6}+2n\\pi \\text{ or } x = \\frac{5\\pi}{6}+2n\\pi, n\\in\\mathbb{Z}'),
    ('\\frac{\\pi}{6}+2\\pi k, \\frac{5\\pi}{6}+2\\pi k, k\\in\\mathbb{Z}', 'x = (-1)^n\\frac{\\pi}{6}+n\\pi, n\\in\\mathbb{Z}'),
    ('\\pm\\frac{\\pi}{3}+2k\\pi, k\\in\\mathbb{Z}', 'x=2n\\pi\\pm\\frac{\\pi}{3}\\ (n\\in\\mathbb{Z})'),
    ('n\\pi, n\\in\\mathbb{Z}', '\\pi k, k \\text{ is any integer}'),
    ('n\\pi, n\\in\\mathbb{Z}', 'k\\pi \\text{ for all integers } k'),
    ('n\\pi, n\\in\\mathbb{Z}', 'x = \\{k\\pi \\mid k \\in \\mathbb{Z}\\}'), ('n \\equiv 2 \\pmod 5', '5k+2'),
    ('n \\equiv 2 \\pmod 5', 'n=5m+2 \\text{ for some integer } m'),
    ('n \\equiv 2 \\pmod 5', 'n \\equiv -3 \\pmod 5'), ('n \\equiv 2 \\pmod 5', 'n \\equiv 2 (\\text{mod } 5)'),
    ('n \\equiv 2 \\pmod 5', 'n\\equiv2\\bmod5'), ('n \\equiv 1, 3 \\pmod 4', 'n \\equiv 1 \\pmod 2'),
    ('x\\equiv 3\\pmod 8', 'x \\equiv 3 \\text{ mod } 8'),
    ('(2k\\pi, 2k\\pi+\\pi), k\\in\\mathbb{Z}', '2k\\pi < x < 2k\\pi+\\pi, k\\in\\mathbb{Z}'), ('7', '7 \\bmod 10'),
    ('x=k\\pi,k\\in\\mathbb{Z}', 'x=k\\pi\\quad(k\\in\\mathbb{Z})'),
    ('x=k\\pi,k\\in\\mathbb{Z}', 'x=k\\pi\\text{ where }k\\in\\mathbb{Z}'),
    ('x=k\\pi,k\\in\\mathbb{Z}', 'x=k\\pi, \\quad k = 0, \\pm1, \\pm2, \\ldots'),
    ('\\begin{pmatrix}1\\\\2\\\\3\\end{pmatrix}', '\\left(\\begin{array}{r}1\\\\2\\\\3\\end{array}\\right)'),
    ('\\begin{pmatrix}1\\\\2\\\\3\\end{pmatrix}', '(1,2,3)^T'),
    ('\\begin{pmatrix}1\\\\2\\\\3\\end{pmatrix}', '\\begin{bmatrix}1&2&3\\end{bmatrix}^\\top'),
    ('\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}', '\\begin{bmatrix}1&2\\\\[0.5em]3&4\\end{bmatrix}'),
    ('\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}', '\\begin{Bmatrix}1&2\\\\3&4\\end{Bmatrix}'),
    ('\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}', '\\pmatrix{1&2\\cr3&4}'),
    ('|x-3|', '\\begin{cases}x-3&\\text{if }x\\geq3\\\\3-x&\\text{if }x<3\\end{cases}'),
    ('\\begin{cases}1&x>0\\\\0&x=0\\\\-1&x<0\\end{cases}', '\\begin{cases}-1,&x<0,\\\\0,&x=0,\\\\1,&x>0.\\end{cases}'),
    ('\\begin{cases}2x&0\\le x<1\\\\2&1\\le x\\end{cases}', '\\begin{cases}2x,&0\\leq x<1\\\\2,&x\\ge1\\end{cases}'),
    ('x=2,y=3,z=4', '\\begin{cases}x=2\\\\y=3\\\\z=4\\end{cases}'),
    ('(2,3,4)', '\\begin{cases}x=2\\\\y=3\\\\z=4\\end{cases}'), ('12', '\\begin{split}12\\end{split}'),
    ('12', '\\begin{align}x&=12\\end{align}'), ('12', '\\begin{aligned}x&=5+7\\\\&=12\\end{aligned}'),
    ('x=1,2', '\\begin{aligned}x&=1\\\\x&=2\\end{aligned}'),
    ('2\\mathbf{i}+3\\mathbf{j}-\\mathbf{k}', '\\langle 2,3,-1\\rangle'),
    ('2\\mathbf{i}+3\\mathbf{j}-\\mathbf{k}', '2\\hat{\\mathbf{i}}+3\\hat{\\mathbf{j}}-\\hat{\\mathbf{k}}'),
    ('2\\mathbf{i}+3\\mathbf{j}-\\mathbf{k}', '2i+3j-k'), ('2\\mathbf{i}+3\\mathbf{j}-\\mathbf{k}', '(2,3,-1)'),
    ('\\langle2,3\\rangle', '(2,3)'), ('\\langle2,3\\rangle', '\\vec v=2\\hat i+3\\hat j'),
    ('\\vec{a}+\\vec{b}', '\\mathbf{b}+\\mathbf{a}'), ('\\overrightarrow{AB}', '\\vec{AB}'),
    ('-2\\mathbf{j}', '-2\\hat{j}'), ('\\langle 1,\\sqrt3\\rangle', '\\hat\\imath+\\sqrt3\\,\\hat\\jmath'),
    ('(5,-1)', 'A=(5,-1)'), ('(5,-1)', "P'(5,-1)"), ('(5,-1)', 'P_1(5,-1)'), ('(5,-1)', '\\text{Point } P(5,-1)'),
    ('(5,-1)', '(x,y)=(5,-1)'), ('(5,-1)', '\\text{vertex } (5,-1)'), ('(5,-1)', 'x=5\\text{, }y=-1'),
    ('(5,-1)', '\\text{The vertex is } (5,-1)'), ('(5,-1)', '\\{x=5,y=-1\\}'), ('x=5, y=-1', '(5,-1)'),
    ('A(0,1), B(2,3)', '(0,1), (2,3)'), ('(0,0,2)', 'P(0,0,2)'), ('3:5', '3/5'), ('3:5', '0.6'),
    ('3:5', '3 \\text{ to } 5'), ('3:5', '3\\,:\\,5'), ('3:5', '\\frac{3}{5}'), ('3:5', '60\\%'), ('3:5', '9:15'),
    ('2:3:5', '4:6:10'), ('\\frac{7}{9}', '7:9'), ('2:3:5', '2\\text{ to }3\\text{ to }5'), ('9', '\\normalsize 9'),
    ('9', '\\fbox{9}'), ('9', '\\textbf{9}'), ('9', '\\textcolor{blue}{9}'), ('9', '\\color{red}9'), ('9', '9\\quad'),
    ('9', '\\quad 9'), ('9', '9~'), ('9', '\\;9\\;'), ('9', '\\displaystyle 9'), ('9', '{9}'), ('9', '((9))'),
    ('9', '\\left(9\\right)'), ('9', '9.'), ('9', '**9**'), ('9', 'x=9\\ \\checkmark'), ('9', '9\\;\\blacksquare'),
    ('9', '\\Rightarrow 9'), ('9', '=9'), ('9', '\\therefore x=9'), ('9', '\\min(9,10)=9'), ('9', 'f(3)=9'),
    ('9', 'S_3=9'), ('9', '\\lim_{x\\to 3}x^2=9'), ('9', '\\int_0^3 x^2\\,dx=9'), ('9', '\\det(A)=9'),
    ('9', '\\sum_{k=1}^{n}k=9'), ('9', '|A|=9'), ('9', '\\angle ABC = 9^\\circ'), ('9', '\\text{area}(ABC)=9'),
    ('9', '[ABC]=9'), ('9', '\\triangle = 9'), ('9', '9=y'), ('9', '\\underline{\\textbf{9}}'), ('9', '\\mathrm{9}'),
    ('9', '\\rm 9'), ('9', '\\bf{9}'), ('9', '9\\hspace{1cm}'), ('9', '9\\label{a}'), ('9', '9\\notag'),
    ('9', '\\text{$9$}'), ('9', '$$9$$'), ('9', '\\(9\\)'), ('9', '9\n'), ('9', '\\\\9'), ('9', '9\\,.'),
    ('9', '\\ensuremath{9}'), ('9', '\\lfloor 9.5\\rfloor = 9'), ('3\\sqrt2', '3\\sqrt2\\approx4.24'),
    ('3\\sqrt2', '3\\sqrt2 \\text{ or approximately } 4.243'), ('3\\sqrt2', '3\\sqrt2 \\text{ (about 4.24)}'),
    ('3\\sqrt2', '3\\sqrt2\\ (\\approx 4.24)'), ('4.24', '3\\sqrt2\\approx 4.24'),
)  # fmt: skip
MORE_WRONG = (
    ('12', '\\text{roughly half of} 12'), ('12', '\\text{about twice} 12'), ('12', '\\text{quadruple} 12'),
    ('12', '\\text{one third of} 12'), ('12', '\\text{all but} 12'), ('12', '\\text{all except} 12'),
    ('12', '\\text{more or less than} 12'), ('12', '\\text{no fewer than} 12'), ('12', '\\text{no less than} 12'),
    ('12', '\\text{not exactly} 12'), ('12', '\\text{a number less than} 12'), ('12', '\\text{the negation of} 12'),
    ('12', '\\text{ln} 12'), ('12', '\\text{sin} 12'), ('12', '\\text{the additive inverse of} 12'),
    ('12', '\\text{the number of divisors of} 12'), ('12', '\\text{percent of} 12'),
    ('12', '\\text{the digit sum of} 12'), ('12', '\\text{any integer but} 12'), ('12', '\\text{under} 12'),
    ('12', '\\text{beneath} 12'), ('12', '\\text{minus the answer} 12'), ('12', '\\text{the answer is negative} 12'),
    ('12', '\\text{the answer is minus} 12'), ('12', '\\text{Answer: less than} 12'),
    ('12', '\\text{the answer is at least} 12'), ('12', '\\text{the opposite of} 12'),
    ('12', '\\text{e to the power} 12'), ('12', '\\text{ten to the} 12'), ('12', '\\text{the nearest prime to} 12'),
    ('12', '\\text{modulo} 12'), ('12', '\\text{approximately twice} 12'), ('12', '\\text{dozen} 12'),
    ('12', '\\text{a dozen} 12'), ('12', '\\text{hundreds of} 12'), ('12', '\\text{thousands of} 12'),
    ('12', '\\text{several} 12'), ('12', '\\text{nearly} 12'), ('12', '\\text{close to} 12'),
    ('12', '\\text{before} 12'), ('12', '\\text{after} 12'), ('12', '\\text{past} 12'),
    ('12', '\\text{the answer is over} 12'), ('12', '\\text{the answer is under} 12'), ('12', '\\text{is not} 12'),
    ('12', "\\text{isn't} 12"), ('12', '\\text{neither} 12'), ('12', '\\text{anything except} 12'),
    ('12', '\\text{a multiple of} 12'), ('12', '\\text{the 12th root of} 12'), ('12', '\\text{the root of} 12'),
    ('12', '\\text{the total of all numbers up to} 12'), ('12', '\\text{the sum of} 12'),
    ('12', '\\text{the product of} 12'), ('12', '\\text{the range of} 12'), ('12', '\\text{the average of} 12'),
    ('12', '\\text{the mean of} 12'), ('12', '12 \\text{ or so}'), ('12', '12 \\text{ or less}'),
    ('12', '12 \\text{ and a half}'), ('12', '12 \\text{ and a third}'), ('12', '12 \\text{ point five}'),
    ('12', '12 \\text{ plus}'), ('12', '12 \\text{ divided by two}'), ('12', '12 \\text{ over two}'),
    ('12', '12 \\text{ over 5}'), ('12', '12 \\text{ to the power n}'), ('12', '12 \\text{ to the n}'),
    ('12', '12 \\text{ percent of n}'), ('12', '12 \\text{ times pi}'), ('12', '12 \\text{ pi}'),
    ('12', '12 \\text{ halfs}'), ('12', '12 \\text{ sevenths}'), ('12', '12 \\text{ twentieths}'),
    ('12', '12 \\text{ hundredth}'), ('12', '12 \\text{ thousandth}'), ('12', '12 \\text{ per cent}'),
    ('12', '12 \\text{ dozen eggs}'), ('12', '12 \\text{ hundred apples}'), ('12', '12 \\text{ million dollars}'),
    ('12', '12 \\text{ score years}'), ('12', '12 \\text{ pairs of y}'), ('12', '12 \\text{ fold}'),
    ('12', '12 \\text{ x y}'), ('12', '12 \\text{ a}'), ('12', '12 \\text{ b}'), ('12', '12 \\text{ c}'),
    ('12', '12 \\text{ i}'), ('12', '12 \\text{ e}'), ('12', '12 \\text{ n}'), ('12', '12 \\text{ sqrt}'),
    ('12', '12 \\text{ log x}'), ('12', '12 \\text{ mod 7}'), ('12', '12 \\text{ is wrong}'),
    ('12', '12 \\text{ is not the answer}'), ('12', '12 \\text{ not}'), ('12', '12 \\text{ is too big}'),
    ('12', '12 \\text{ minus 1}'), ('12', '12 \\text{ minus x}'), ('12', '12 \\text{ less}'),
    ('12', '12 \\text{ more}'), ('12', '12 \\text{ squared cm}'), ('12', '12 \\text{ factorial ways}'),
    ('12', '12 \\text{ raised to 2}'), ('12', '12 \\text{ root}'), ('12', '12 \\text{ th root}'),
    ('12', '12 \\text{ quadrillion}'), ('12', '12 \\text{ googol}'), ('12', '12 \\text{ dozens of eggs}'),
    ('12', '12 \\text{ tens}'), ('12', '12 \\text{ ones}'), ('12', '12 \\text{ deg C + 1}'),
    ('12', '12 \\text{ inverse}'), ('12', '12 \\text{ reciprocal}'), ('12', '12 \\text{ doubled}'),
    ('12', '12 \\text{ twice}'), ('12', '12 \\text{ thrice}'), ('12', '12 dozens'), ('12', '12 thousand'),
    ('12', '12k'), ('12', '12K'), ('12', '12M'), ('12', '12x'), ('12', '12i'), ('12', '12e'), ('12', '12\\pi'),
    ('12', '12\\text{M}'), ('12', '12\\text{ M}'), ('12', '12^\\text{o}'), ('12', '12\\text{B}'),
    ('12', '12\\text{ T}'), ('[1,2]', '(1,2)'), ('(1,2)', '[1,2)'), ('x>2', 'x<2'), ('(-\\infty,2)', 'x\\le 2'),
    ('\\mathbb{R}', '\\mathbb{Q}'), ('\\mathbb{R}', '\\mathbb{C}'), ('\\mathbb{R}', '\\mathbb{N}'),
    ('\\mathbb{R}', 'x>0'), ('[0,1]', '\\{0,1\\}'), ('(0,1)', '0<y<1, y\\ne\\frac12'), ('(1,4)', ']1,4]'),
    ('(1,4)', '|x-2.5|\\le1.5'), ('(1,4)', 'x<1\\text{ or }x>4'), ('(1,4)', 'x>1\\text{ or }x<4'), ('x\\ne2', 'x=2'),
    ('x\\ne 2', 'x\\ne 2,3'), ('\\{1,2\\}', '\\{1\\}\\cup\\{3\\}'), ('[1,3]', '[1,2)\\cup(2,3]'),
    ('[1,3]', '[1,3]\\setminus\\{2\\}'), ('a<b<c', 'a<c<b'), ('a\\le b', 'a<b'), ('500\\text{ m}', '500\\text{ km}'),
    ('2\\text{ dollars}', '2\\text{ euros}'), ('4\\text{ weeks}', '4\\text{ months}'), ('5\\text{ hours}', '5:00'),
    ('3\\text{ pm}', '3\\text{ am}'), ('3:30', '3:20'), ('45^\\circ', '45\\text{ rad}'),
    ('9\\text{ m/s}', '9\\text{ m}'), ('9\\text{ m/s}', '9\\text{ s/m}'), ('9\\text{ m}^2', '9\\text{ m}^3'),
    ('9\\text{ J}', '9\\text{ kJ}'), ('9\\text{ in}', '9\\text{ cm}'), ('9\\text{ gallons}', '9\\text{ liters}'),
    ('9\\text{ boys}', '9\\text{ girls}'), ('9\\text{ nickels}', '9\\text{ dimes}'), ('5\\%', '5\\text{ km}'),
    ('\\$9', '9\\text{ km}'), ('\\$9', '9€'), ('9 \\text{ square feet}', '9\\text{ feet}'),
    ('9\\text{ cubic feet}', '9\\text{ square feet}'), ('20^\\circ C', '20^\\circ F'),
    ('9\\text{ km}^2', '9\\text{ m}^2'), ('1\\text{ m}^2', '100\\text{ cm}^2'),
    ('1\\text{ hour}', '100\\text{ minutes}'), ('9\\text{ mA}', '9\\text{ A}'), ('9\\text{ MHz}', '9\\text{ GHz}'),
    ('9\\text{ mg}', '9\\text{ g}'), ('9 \\text{ seconds}', '9\\text{ ms}'), ('2:3', '3:2'), ('2:3', '2:4'),
    ('2:3', '1.5'), ('2:3:4', '2:4:3'), ('12:30', '12:20'), ('\\frac{1}{2}', '2:1'), ('3', '3:1'),
    ('(1,2)', 'P(2,1)'), ('(1,2)', 'x=2,y=1'), ('(1,2)', '(1,2,0)'), ('A(1,2)', 'A(2,1)'),
    ('A(1,2), B(3,4)', 'B(1,2), A(3,4)'), ('n\\pi, n\\in\\mathbb{Z}', '2n\\pi, n\\in\\mathbb{Z}'),
    ('n\\pi, n\\in\\mathbb{Z}', 'n\\pi+1,n\\in\\mathbb{Z}'), ('n\\pi, n\\in\\mathbb{Z}', '\\pi'),
    ('n\\pi, n\\in\\mathbb{Z}', '0'), ('n\\pi, n\\in\\mathbb{Z}', 'n, n\\in\\mathbb{Z}'),
    ('x\\equiv2\\pmod5', 'x\\equiv2\\pmod{10}'), ('x\\equiv2\\pmod5', 'x=2'), ('x\\equiv2\\pmod5', '2'),
    ('x\\equiv 2\\pmod 5', 'x\\equiv 3\\pmod 5'), ('2', 'x\\equiv 7\\pmod 5'), ('7', '2 \\pmod 5'),
    ('7', '7\\pmod 5'), ('\\frac13', '0.33'), ('\\frac13', '0.3'), ('\\frac13', '0.3\\ldots'),
    ('\\frac13', '0.34\\ldots'), ('\\frac13', '0.(33)4'), ('\\frac16', '0.(16)'), ('\\frac12', '\\cos 30^\\circ'),
    ('30^\\circ', "30^\\circ 1'"), ('252', '\\binom{10}{4}'), ('252', '{}_{10}P_5'), ('15', '5!'),
    ('1010_2', '1010_3'), ('1010_2', '1011_2'), ('2C_{16}', '2C_{15}'), ('B', 'D'), ('A,C', 'A'), ('A,C', 'A,B,C'),
    ('2', '\\text{two dozen}'), ('2', '\\text{one solution}'), ('2', '\\text{two hundred}'),
    ('2', '\\text{two thirds}'), ('2', '\\text{two more than x}'), ('\\emptyset', '\\{0\\}'),
    ('\\emptyset', '\\{\\{\\}\\}'), ('\\emptyset', '\\text{solution}'), ('\\emptyset', '\\mathbb{R}'),
    ('\\text{DNE}', '\\text{exists}'), ('\\text{no solution}', '\\text{unique solution}'),
    ('\\text{Tom and Ann}', '\\text{Tom}'), ('\\text{Tom and Ann}', '\\text{Tom or Ann}'),
    ('\\text{circle}', '\\text{no circle}'), ('\\text{circle}', '\\text{semicircle}'), ('\\text{yes}', '\\text{no}'),
    ('\\text{right triangle}', '\\text{acute triangle}'), ('\\text{isosceles}', '\\text{not isosceles triangle}'),
    ('\\text{Tom}', '\\text{not Tom}'), ('\\text{increasing}', '\\text{decreasing function}'),
    ('\\langle1,2\\rangle', '\\langle2,1\\rangle'), ('2\\mathbf i+3\\mathbf j', '3\\mathbf i+2\\mathbf j'),
    ('2\\mathbf i+3\\mathbf j', '2\\mathbf i-3\\mathbf j'), ('2\\mathbf i+3\\mathbf j', '5'),
    ('2+3i', '2\\mathbf{i}+3\\mathbf{j}'), ('\\langle 1,2\\rangle', '\\begin{pmatrix}1&2\\\\2&1\\end{pmatrix}'),
    ('\\langle1,2\\rangle', '[1,2]'),
    ('\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}', '\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}^T'),
    ('|x|', '\\begin{cases}x&x>0\\\\x&x\\le0\\end{cases}'), ('x=1,y=2', '\\begin{cases}x=2\\\\y=1\\end{cases}'),
    ('12', '\\begin{aligned}x&=12\\\\&=13\\end{aligned}'), ('12', '\\begin{cases}12&x>0\\\\13&x\\le0\\end{cases}'),
    ('9', '9\\\\10'), ('9', '\\tag{9}'), ('9', '\\hspace{9pt}'), ('9', '10\\tag{9}'), ('9', '9 \\approx 10'),
    ('9', '\\approx 9.2'), ('9', '9=10'), ('9', '10=9'), ('9', '\\sum_{i=1}^9 i'), ('9', '\\gcd(9,6)'),
    ('9', '\\max(9,10)'), ('9', '\\gcd(9,6)=9+1'), ('9', '-9\\blacksquare'), ('9', 'x>9'), ('9', '\\not 9'),
    ('9', '\\neg 9'), ('9', '\\ne 9'), ('9', 'x\\ne9'), ('9', '\\sim 9'), ('9', '9!'), ('9', '|{-9}|+1'),
    ('9', '9\\text{ or }10'), ('9', '\\{9,10\\}'), ('9', '\\pm9'), ('9', '<9'), ('9', '\\le 9'), ('9', '\\geq 9'),
    ('9', '>9'),
)  # fmt: skip


def pairs() -> Iterator[tuple[str, str, str, bool]]:
    """(kind, truth, answer, whether it is right)."""
    for kind, (right, wrong) in _NUMBER_KINDS.items():
        for number in _NUMBERS:
            for words, correct in ((right, True), (wrong, False)):
                for phrase in words.split("||"):
                    text = phrase.strip()
                    before = kind == "words_before_number"
                    yield (
                        kind,
                        number,
                        rf"\text{{{text} }} {number}" if before else rf"{number} \text{{ {text}}}",
                        correct,
                    )
    for kind, rows in _ROWS.items():
        for truth, right, wrong in rows:
            yield from ((kind, truth, answer.strip(), True) for answer in right.split("||"))
            yield from ((kind, truth, answer.strip(), False) for answer in wrong.split("||"))
    for truth, right in _UNITS_RIGHT:
        yield from (("unit_of_both", truth, answer.strip(), True) for answer in right.split("||"))
    for pair in _UNITS_WRONG.split(";"):
        truth, answer = (side.strip() for side in pair.split(" | "))
        yield "unit_of_both", truth, answer, False
    for char in _INVISIBLE:
        yield "invisible_characters", "91", f"{char}91{char}", True
        yield "invisible_characters", f"91{char}", "91", True
        yield "invisible_characters", r"\frac{5}{8}", rf"\frac{{5}}{{8}}{char}", True
        yield "invisible_characters", r"\text{Rome}", rf"\text{{Rome}}{char}", True
        yield "invisible_characters", "91", f"{char}19{char}", False
        yield "invisible_characters", "91", f"9{char}2", False
    for char in _MINUS:
        yield "invisible_characters", "-8", f"{char}8", True
        yield "invisible_characters", "8", f"{char}8", False
    for truth, right, wrong in _DOUBLES:
        yield "double_precision_print", truth, right, True
        yield "double_precision_print", truth, wrong, False
