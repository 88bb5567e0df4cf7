# ruff: noqa: E501
"""Pairs of truth and answer for grader `exact` in several sets by kind, most written before the rules they measure.

A line is a sign (`+` right, `-` wrong) and the answer; the truth stands behind ` @@ `.
"""

FRESH = r"""
#angle_bracket_vector
- \langle 7, 9\rangle @@ \langle 7, 9, 9\rangle
- \{4, -6\} @@ \langle 4, -6\rangle
- \langle 8, 5, 5\rangle @@ \langle 5, 8, 8\rangle
- (6, 0, 2) @@ (2, 6, 0)
- \langle 11, 5, 0\rangle @@ \langle 0, 5, 11\rangle
- \left\langle \frac12, -7 \right\rangle @@ \left\langle -7, \frac12 \right\rangle
- \langle 8 \rangle @@ \langle 8, 8\rangle
- \vec{w} = \langle -2, 6\rangle @@ \vec{w} = \langle 6, -2\rangle
+ \vec{w} = \langle 6, -2\rangle @@ \langle 6,-2 \rangle
- \mathbf{u} = \langle 1, 0, 4\rangle @@ \mathbf{u}=\langle 4, 0, 1\rangle
#double_precision_print
- 2.4494898427831779 @@ \sqrt{6}
- 15.707964267948966 @@ 5\pi
- 0.4285715285714286 @@ \frac{3}{7}
- 3.3166257903554 @@ \sqrt{11}
- 0.2222223222222222 @@ \frac{2}{9}
+ 3.605551275463989 @@ \sqrt{13}
+ 2.449489742783178 @@ \sqrt{6}
+ 3.3166247903554 @@ \sqrt{11}
+ 4.123105625617661 @@ \sqrt{17}
+ 15.707963267948966 @@ 5\pi
+ 0.7853981633974483 @@ \frac{\pi}{4}
+ 0.42857142857142855 @@ \frac{3}{7}
+ 0.2222222222222222 @@ \frac{2}{9}
+ 66.66666666666667 @@ \frac{200}{3}
+ 20.085536923187668 @@ e^3
+ 3.968118785068667 @@ \sqrt{3}+\sqrt{5}
+ 17.320508075688775 @@ 10\sqrt{3}
+ 0.6931471805599453 @@ \ln 2
+ 0.38461538461538464 @@ \frac{5}{13}
+ 1.618033988749895 @@ \frac{1+\sqrt5}{2}
+ 0.8333333333333334 @@ \frac{5}{6}
+ 1.2599210498948732 @@ \sqrt[3]{2}
+ 2.44948974278318 @@ \sqrt{6}
+ 4.12310562561766 @@ \sqrt{17}
+ 5.38516480713450 @@ \sqrt{29}
+ -1.7320508075688772 @@ -\sqrt{3}
+ \approx 0.8660254037844386 @@ \frac{\sqrt{3}}{2}
#empty_set_forms
+ \text{DNE} @@ \text{The limit does not exist}
+ \text{undefined} @@ \text{undefined}
- \{\varnothing\} @@ \emptyset
- \{\{\}\} @@ \emptyset
+ \{\} @@ \varnothing
+ \left\{\right\} @@ \emptyset
+ \{\;\} @@ \emptyset
+ \emptyset @@ \varnothing
+ +\infty @@ +\infty
+ \text{No real solutions exist} @@ \text{no real solutions}
+ \text{No solution} @@ \emptyset
+ \text{There is no real solution} @@ \text{No real solutions}
+ ∅ @@ \{\}
+ \text{the empty set} @@ \emptyset
- \{0\} @@ \varnothing
- \infty @@ -\infty
- 0 @@ \varnothing
- \text{no real solutions} @@ \text{two real solutions}
+ \infty @@ +\infty
+ x \in \varnothing @@ \emptyset
#environments
+ \left(\begin{array}{cc}2 & 0\\ -1 & 5\end{array}\right) @@ \begin{pmatrix} 2 & 0 \\ -1 & 5 \end{pmatrix}
+ \left[\begin{array}{rr}2 & 0\\ -1 & 5\end{array}\right] @@ \begin{pmatrix} 2 & 0 \\ -1 & 5 \end{pmatrix}
+ \begin{bmatrix}6&1\\0&9\end{bmatrix} @@ \begin{pmatrix} 6 & 1 \\ 0 & 9 \end{pmatrix}
+ M = \begin{pmatrix} 0 & 2 \\ -2 & 0 \end{pmatrix} @@ \begin{pmatrix} 0 & 2 \\ -2 & 0 \end{pmatrix}
+ A^{-1} = \begin{pmatrix} 0 & 2 \\ -2 & 0 \end{pmatrix} @@ \begin{pmatrix} 0 & 2 \\ -2 & 0 \end{pmatrix}
- a_n = \sum_{k=1}^{n-1} a_k a_{n-k} @@ a_n = \sum_{k=1}^{n-2} a_k a_{n-k-1}
+ |x-1| @@ \begin{cases} x-1 & x \ge 1 \\ 1-x & x < 1 \end{cases}
- |x| @@ \begin{cases} x & x \ge 0 \\ 2x & x < 0 \end{cases}
- \begin{pmatrix} -3 -5 -9 \end{pmatrix} @@ \begin{pmatrix} -3 \\ -5 \\ -9 \end{pmatrix}
+ \begin{pmatrix} \dfrac34 \\[6pt] 7 \end{pmatrix} @@ \begin{pmatrix} 3/4 \\ 7 \end{pmatrix}
- a_n = 5n-2 @@ a_n = 5n+2
+ x=4, y=-3 @@ \begin{cases} x=4 \\ y=-3 \end{cases}
+ \begin{cases} x=4 \\ y=-3 \end{cases} @@ x=4, y=-3
+ \begin{cases} a=7, \\ b=0. \end{cases} @@ a=7, b=0
+ \begin{aligned} a &= 7 \\ b &= 0 \end{aligned} @@ a=7, b=0
+ \left\{\begin{aligned} a &= 7 \\ b &= 0 \end{aligned}\right. @@ a=7, b=0
+ \left\{\begin{array}{l} x=8 \\ y=1 \end{array}\right. @@ x=8, y=1
+ \begin{cases} x=8 \\ y=1 \end{cases} @@ (8,1)
- \begin{cases} x=1 \\ y=8 \end{cases} @@ (8,1)
+ f(x)=\begin{cases} x^3 & \text{if } x<2 \\ 5 & \text{if } x \ge 2 \end{cases} @@ f(x)=\begin{cases} x^3 & x<2 \\ 5 & x \ge 2 \end{cases}
+ \begin{cases} x^3, & x<2, \\ 5, & x \ge 2. \end{cases} @@ \begin{cases} x^3 & x<2 \\ 5 & x \ge 2 \end{cases}
+ \begin{cases} 5 & \text{for } x \ge 2 \\ x^3 & \text{otherwise} \end{cases} @@ \begin{cases} x^3 & x<2 \\ 5 & x \ge 2 \end{cases}
- \begin{cases} 5 & x < 2 \\ x^3 & x \ge 2 \end{cases} @@ \begin{cases} x^3 & x<2 \\ 5 & x \ge 2 \end{cases}
+ \begin{bmatrix} 3 & 0 \\*[4pt] 0 & 3 \end{bmatrix} @@ \begin{pmatrix} 3 & 0 \\ 0 & 3 \end{pmatrix}
+ \left[\begin{smallmatrix} 3 & 0 \\ 0 & 3 \end{smallmatrix}\right] @@ \begin{pmatrix} 3 & 0 \\ 0 & 3 \end{pmatrix}
+ [[3, 0], [0, 3]] @@ \begin{pmatrix} 3 & 0 \\ 0 & 3 \end{pmatrix}
+ \begin{bmatrix} 8 & -1 \end{bmatrix}^\top @@ \begin{pmatrix} 8 \\ -1 \end{pmatrix}
+ (8, -1)^T @@ \begin{pmatrix} 8 \\ -1 \end{pmatrix}
+ \begin{bmatrix} 2 & 7 \cr 1 & 4 \end{bmatrix} @@ \begin{pmatrix} 2 & 7 \\ 1 & 4 \end{pmatrix}
+ \begin{pmatrix} 2 & 7 \\ 1 & 4 \\ \end{pmatrix} @@ \begin{pmatrix} 2 & 7 \\ 1 & 4 \end{pmatrix}
- \begin{pmatrix}2&1\\7&4\end{pmatrix} @@ \begin{pmatrix} 2 & 7 \\ 1 & 4 \end{pmatrix}
#family_and_congruence
- x = \frac{\pi}{6} + 2k\pi, k \in \mathbb{Z} @@ x = \frac{\pi}{6} + k\pi, k \in \mathbb{Z}
- x = \frac{\pi}{6} + k\pi, k \in \mathbb{N} @@ x = \frac{\pi}{6} + k\pi, k \in \mathbb{Z}
- x = \frac{\pi}{6} @@ x = \frac{\pi}{6} + k\pi, k \in \mathbb{Z}
- x \equiv 5 \pmod{11} @@ x \equiv 6 \pmod{11}
- x \equiv 6 \pmod{12} @@ x \equiv 6 \pmod{11}
+ x = \frac{\pi}{6} + m\pi,\ m \in \mathbb{Z} @@ x = \frac{\pi}{6} + k\pi, k \in \mathbb{Z}
+ x = \frac{\pi}{6} + \pi k \quad (k \in \mathbb{Z}) @@ x = \frac{\pi}{6} + k\pi, k \in \mathbb{Z}
+ x = \frac{\pi}{6} + k\pi \text{ for all integers } k @@ x = \frac{\pi}{6} + k\pi, k \in \mathbb{Z}
+ x = k\pi + \frac{\pi}{6} \text{ where } k \text{ is any integer} @@ x = \frac{\pi}{6} + k\pi, k \in \mathbb{Z}
+ x = \frac{\pi}{6} + k\pi, \text{ with } k \text{ an integer} @@ x = \frac{\pi}{6} + k\pi, k \in \mathbb{Z}
+ x = \frac{7\pi}{6} + k\pi, k \in \mathbb{Z} @@ x = \frac{\pi}{6} + k\pi, k \in \mathbb{Z}
+ \left[3k\pi, 3k\pi+\pi\right], k\in\mathbb{Z} @@ [3n\pi, (3n+1)\pi] \ (n \in \mathbb{Z})
+ x \equiv 17 \pmod{11} @@ x \equiv 6 \pmod{11}
+ x\equiv 6 \bmod 11 @@ x \equiv 6 \pmod{11}
+ x\equiv 6\ (\text{mod } 11) @@ x \equiv 6 \pmod{11}
+ x = 11t+6, t\in\mathbb{Z} @@ x \equiv 6 \pmod{11}
+ n \equiv -5 \pmod{11} @@ n \equiv 6 \pmod{11}
+ 6 \pmod{11} @@ 6
+ n \equiv 6 \pmod{11} @@ 6
#foreign_money_and_units
+ 35\text{ 元} @@ 35
+ 35\text{ 円} @@ 35
+ 35 \text{ 원} @@ 35
- \text{是} @@ \text{否}
- \text{да} @@ \text{нет}
+ 64\text{ кг} @@ 64
+ 64\text{ руб.} @@ 64
+ 64\text{ часов} @@ 64
+ 64\text{ días} @@ 64
+ 64\text{ niños} @@ 64
+ \$3{,}780.00 @@ 3780
+ 27€ @@ 27
+ 27\ \text{€} @@ 27
+ \text{£}27 @@ 27
+ \euro 27.50 @@ 27.5
+ £27 @@ 27
+ ₩2700 @@ 2700
+ ¥2,700 @@ 2700
+ ₽27 @@ 27
+ ₺27 @@ 27
+ \pounds 27 @@ 27
+ \yen 27 @@ 27
+ \text{INR } 27 @@ 27
+ \text{Rs }27 @@ 27
+ \text{EUR } 27 @@ 27
+ 27 \text{ USD} @@ 27
+ CA\$27 @@ 27
+ 3780 @@ \$3,780
- \$27 \text{ billion} @@ 27
- £27 @@ 72
- 27€ @@ \$27
+ \$6.20 @@ 6.2
+ 41 \text{ euros} @@ 41
+ 41 \text{ pesos} @@ 41
+ 14\text{ 千克} @@ 14
+ 14\text{ 人} @@ 14
+ 14\text{ 小时} @@ 14
+ 14 时间 @@ 14
+ 14\text{ секунд} @@ 14
+ 14\text{ élèves} @@ 14
+ 14\text{ Schüler} @@ 14
+ 14\text{ Stück} @@ 14
+ 14\text{ मीटर} @@ 14
+ 14\text{ متر} @@ 14
- 14\text{ 百} @@ 14
- 14\text{ 万} @@ 14
- 14\text{ тысяч} @@ 14
- 14\text{ миллионов} @@ 14
#named_coordinates
+ (2,8), (7,3) @@ (2,8)\text{ and }(7,3)
- y=5, x=-9 @@ (5,-9)
- p=8, q=3, r=1 @@ (3,8,1)
- A = (5,6),\ B = (0,2) @@ A(0,2), B(5,6)
+ x=12, y=-5 @@ (12,-5)
- x=-5, y=12 @@ (12,-5)
+ \left(12,\,-5\right) @@ (12,-5)
+ Q = (12,-5) @@ (12,-5)
+ Q(12,-5) @@ (12,-5)
+ (x, y) = (12, -5) @@ (12,-5)
+ (a,b,c) = (1,7,4) @@ (1,7,4)
+ x=12 \text{ and } y=-5 @@ (12,-5)
+ x = 12; y = -5 @@ (12,-5)
+ y=-5,\ x=12 @@ (12,-5)
+ C\left(12,-5\right) @@ (12,-5)
+ a=1, b=7, c=4 @@ (1,7,4)
+ x=1, y=7, z=4 @@ (1,7,4)
+ B = (3,9),\ A = (0,2) @@ A(0,2), B(3,9)
+ \text{the point }(12,-5) @@ (12,-5)
+ \text{Point } (12,-5) @@ (12,-5)
+ \text{center } (12,-5) @@ (12,-5)
+ x=12 \quad y=-5 @@ (12,-5)
#number_forms
- 0.62\% @@ 0.62
- 80^\circ \text{F} @@ 80^\circ \text{C}
+ 0.454545\ldots @@ 0.\overline{45}
- 8.2\% @@ 82\%
+ \text{BE}_{16} @@ BE_{16}
+ 48^\circ 45' @@ 48.75^\circ
+ 37\frac{1}{2}\% @@ 37.5\%
- 67\% @@ 66\frac{2}{3}\%
+ \text{three real roots} @@ 3
+ \text{five} @@ 5
+ \text{Twelve} @@ 12
+ \text{twenty-four} @@ 24
- \text{four solutions} @@ 5
- \textbf{(B)}\ 22 @@ D
+ \textbf{(D)}\ 22 @@ D
+ \text{B and D} @@ B, D
+ \text{(B), (D)} @@ B, D
+ \text{B, D} @@ \text{B and D}
+ D, B @@ \text{B, D}
- \text{B and C} @@ B, D
+ \frac{31}{50} @@ 62\%
+ 0.62 @@ 62\%
+ 62 \% @@ 62\%
+ 62\text{ percent} @@ 62\%
+ 7\text{,}654\text{,}321 @@ 7654321
+ 98\text{,}000 @@ 98{,}000
+ 98\,000 @@ 98000
+ 0.666\ldots @@ \frac{2}{3}
+ 0.1666... @@ \frac{1}{6}
+ 0.\dot{6} @@ \frac{2}{3}
+ 1.(18) @@ \frac{13}{11}
- 0.(18) @@ \frac{18}{100}
+ 62^\circ12' @@ 62.2^\circ
+ 62.2^\circ @@ 62^\circ 12'
+ 62^{\circ}12^{\prime} @@ 62^\circ 12'
+ 10^\circ 15' 36'' @@ 10.26^\circ
+ \mathrm{7C}_{16} @@ 7C_{16}
+ 2021 \text{ (base 3)} @@ 2021_3
+ 2021 \text{ base } 3 @@ 2021_3
+ 2021_{\text{three}} @@ 2021_3
- 2021_4 @@ 2021_3
+ {}_{8}C_2 @@ 28
+ ^{8}C_2 @@ 28
+ C_8^{2} @@ 28
+ C(8,2) @@ 28
+ \binom{8}{2} @@ 28
+ P(5,2) @@ 20
+ 7!! @@ 105
+ \cos 60^\circ @@ \frac{1}{2}
+ \tan 45^\circ @@ 1
+ \cos 35^\circ @@ \sin 55^\circ
- \sin 60^\circ @@ \frac12
+ \bar w @@ \overline{w}
#range_forms
+ ]-7,1[ @@ (-7,1)
- ]-7,1[ @@ [-7,1)
+ |x| \le 8 @@ [-8,8]
+ |x|>5 @@ x<-5 \text{ or } x>5
- |x|>5 @@ -5<x<5
+ (-\infty,6)\cup(6,\infty) @@ x \ne 6
+ (-\infty,\infty) @@ \mathbb{R}
- (-\infty,-4]\cup[2,\infty) @@ (-\infty,-4)\cup(2,\infty)
+ x>2, x\neq 5 @@ (2,5)\cup(5,\infty)
- (3,9] @@ [3,9)
+ (-\infty,0)\cup(0,\tfrac{16}{9}) @@ m < \frac{16}{9} \text{ and } m \neq 0
+ 3 \le x < 9 @@ [3,9)
+ 3 \leqslant x < 9 @@ [3,9)
+ x \in [3,9) @@ 3 \le x < 9
+ x = 4m\pi, m \in \mathbb{Z} @@ x = 4k\pi, k \in \mathbb{Z}
+ (2,+\infty)\cup(-\infty,-4) @@ (-\infty,-4)\cup(2,\infty)
+ x<-4 \text{ or } x>2 @@ (-\infty,-4)\cup(2,\infty)
+ x < -4, x > 2 @@ (-\infty,-4)\cup(2,\infty)
+ [-6,11) @@ \{x : -6 \le x < 11\}
+ (8,\infty) @@ \{x \mid x > 8\}
+ \{t \in \mathbb{R} \mid t > 8\} @@ (8,\infty)
+ (2,\infty)\setminus\{5\} @@ (2,5)\cup(5,\infty)
- (2,\infty)\setminus\{4\} @@ (2,5)\cup(5,\infty)
- x \leq 7 @@ x < 7
+ |x-4|<6 @@ (-2,10)
+ x \le -2 \text{ or } x \ge 10 @@ |x-4| \ge 6
+ (-\infty,-2]\cup[10,\infty) @@ |x-4| \ge 6
+ -3<x<3 @@ |x| < 3
+ \mathbb{R}\setminus\{7\} @@ x \neq 7
+ \mathbb{R}-\{7\} @@ x \neq 7
+ (-\infty,7)\cup(7,\infty) @@ \mathbb{R}\setminus\{7\}
+ \text{all real numbers except } 7 @@ \mathbb{R}\setminus\{7\}
+ x \ne \pm 4 @@ \mathbb{R} \setminus \{-4,4\}
+ (-\infty,-4)\cup(-4,4)\cup(4,\infty) @@ \mathbb{R} \setminus \{-4,4\}
+ x\ge 1 \text{ and } x\ne6 @@ [1,6)\cup(6,\infty)
+ (0,2)\cup(2,+\infty) @@ b>0 \text{ and } b \neq 2
+ \mathbb{R} @@ (-\infty,+\infty)
+ \text{all reals} @@ \mathbb{R}
+ x \in \mathbb{R} @@ (-\infty,\infty)
+ \text{All real numbers} @@ \mathbb{R}
+ \{x \mid x \le -6\} @@ (-\infty,-6]
+ \{x \in \mathbb{R} : x \le -6\} @@ (-\infty,-6]
+ \{y : y \ge 4\} @@ [4,\infty)
+ (-9,2) @@ \{x \mid -9 < x < 2\}
+ \{x : -9 < x < 2\} @@ \{x \mid -9 < x < 2\}
+ (-\infty,0)\cup(8,\infty) @@ \{x \mid x < 0 \text{ or } x > 8\}
+ [2;6[ @@ [2,6)
+ [2,6[ @@ [2,6)
+ ]2,6] @@ (2,6]
+ ]-\infty,4] @@ (-\infty,4]
- [2,6[ @@ [2,6]
+ \{5\}\cup\{9\} @@ \{5,9\}
+ [1,6] @@ [1,4]\cup[2,6]
+ [2,4] @@ [1,4]\cap[2,6]
- [1,6] @@ [1,4]\cap[2,6]
+ r < q < p @@ p > q > r
- p < q < r @@ p > q > r
+ \{2,5,6,9\} @@ \{2,6\}\cup\{5,9\}
+ x \text{ is at least } 4 @@ x \ge 4
#ratios
- 7:3 @@ 3:7
- 2:1:\sqrt5 @@ 2:\sqrt5:1
+ \frac{5}{8} @@ 5:8
- 8:5 @@ 5:8
+ 15:24 @@ 5:8
- 1:3:5 @@ 1:3:9
+ 5\colon 8 @@ 5:8
+ 5/8 @@ 5:8
+ \dfrac58 @@ 5:8
+ 20:32 @@ 5:8
+ \frac{5}{8}:1 @@ 5:8
+ 1:1.6 @@ 5:8
+ 5\text{ to }8 @@ 5:8
+ \text{5 to 8} @@ 5:8
+ 5:8 @@ \frac{5}{8}
+ 3:3\sqrt2:6 @@ 1:\sqrt2:2
+ 0.625 @@ 5:8
+ 6:9:15 @@ 2:3:5
+ 7 \text{ to } 9 @@ 7:9
- 9 \text{ to } 7 @@ 7:9
#text_answers
- \text{March} @@ \text{May}
+ \text{a parabola} @@ \text{parabola}
+ \textbf{Friday} @@ \text{Friday}
+ \mathbf{Friday} @@ \text{Friday}
+ \text{friday} @@ \text{Friday}
+ \text{NO} @@ \text{No}
+ \text{False} @@ \text{false}
- \text{decreasing} @@ \text{increasing}
- \text{False} @@ \text{True}
+ \text{Mia and Noah} @@ \text{Noah and Mia}
- \text{Mia and Omar} @@ \text{Noah and Mia}
- \text{circle} @@ \text{parabola}
+ \text{No real roots} @@ \text{no real root}
+ \text{line} @@ \text{a line}
+ \text{The line} @@ \text{line}
+ \text{an equilateral triangle} @@ \text{equilateral triangle}
+ \text{right triangle} @@ \text{right-angled triangle}
+ \text{Noah, Mia} @@ \text{Mia and Noah}
+ \text{Noah, Mia, and Leo} @@ \text{Leo, Mia and Noah}
+ \text{does not exist} @@ \text{DNE}
+ \text{Scalene triangle} @@ \text{scalene}
+ Friday @@ \text{Friday}
+ \text{neither even nor odd} @@ \text{neither}
- \text{obtuse} @@ \text{acute}
#unit_of_both
- 8 \times 10^{-3} \text{ m} @@ 8
- 54 \text{ m/s} @@ 54 \text{ km/h}
- 80 \text{ dollars} @@ 80 \text{ cents}
- 80 \text{ cents} @@ \$80
- 9 \text{ months} @@ 9 \text{ years}
- 4 \text{ mm} @@ 4 \text{ cm}
- 6 \mathrm{~mg} @@ 6 \mathrm{~g}
- 30 \text{ yards} @@ 30 \text{ feet}
- 2.25 \text{ cL} @@ 2.25 \text{ L}
- 70 \text{ mph} @@ 70 \text{ km/h}
- 16 \text{ m} @@ 16 \text{ m}^2
- 10 \text{ square feet} @@ 10 \text{ square yards}
- 48 \text{ minutes} @@ 48 \text{ seconds}
- 3 \text{ hours} @@ 3 \text{ days}
- 45 \text{ radians} @@ 45^\circ
- 45 \text{ rad} @@ 45^\circ
- 12\text{ cents} @@ \$12
- 12\text{ dollars} @@ 12\%
- \$35 @@ 35\%
- 25 \text{ W} @@ 25 \text{ J}
- 25 \text{ Pa} @@ 25 \text{ N}
- 6 \mathrm{~m/s} @@ 6 \mathrm{~m/s^2}
- 9\pi \text{ in}^2 @@ 9\pi \text{ in}^3
- \frac34 \text{ mile} @@ \frac34 \text{ km}
- 300^\circ\text{C} @@ 300\text{ K}
- 8 \text{ pears} @@ 8 \text{ plums}
- 13 \text{ cats} @@ 13 \text{ dogs}
- 13 \text{ women} @@ 13 \text{ men}
- 9 \text{ green marbles} @@ 9 \text{ yellow marbles}
+ 32 @@ 32\text{ in}^2
- 50 \text{ m} @@ 50 \text{ m}^2
- 50 \text{ m}^2 @@ 50 \text{ m}^3
- 8{:}40 \text{ p.m.} @@ 8{:}40 \text{ a.m.}
- \text{6:05 PM} @@ \text{6:05 AM}
- 7 \text{ pm} @@ 7 \text{ am}
- 2:00 @@ 11:00
- 3 \text{ days} @@ 3 \text{ weeks}
+ 60 \text{ cents} @@ \$0.60
+ \$1.25 @@ 125 \text{ cents}
+ 90 \text{ minutes} @@ 1.5 \text{ hours}
+ 240 \text{ seconds} @@ 4 \text{ minutes}
+ 700 \text{ cm} @@ 7 \text{ m}
+ 2.5 \text{ km} @@ 2500 \text{ m}
+ 4000 \mathrm{~mg} @@ 4 \mathrm{~g}
- 750 \text{ kg} @@ 750 \text{ g}
+ 0.75 \text{ kg} @@ 750 \text{ g}
+ 15 \text{ m/s} @@ 54 \text{ km/h}
+ 3 \text{ weeks} @@ 21 \text{ days}
+ 2 \text{ years} @@ 24 \text{ months}
+ 7{:}00 \text{ PM} @@ 7 \text{ p.m.}
+ 28 \,\mathrm{m^3} @@ 28\text{ m}^3
+ 1.6\ \text{m s}^{-2} @@ 1.6 \mathrm{~m/s^2}
+ 28\text{ cubic feet} @@ 28
+ 2 \text{ dozen eggs} @@ 24 \text{ eggs}
+ 5 \text{ km}^2 @@ 5000000 \text{ m}^2
+ 18 \text{ ft}^2 @@ 2 \text{ square yards}
#unit_vector_accents
- \langle -3, 8 \rangle @@ \langle 8, -3 \rangle
- \langle 6, 0, -1\rangle @@ \langle 0, 6, -1\rangle
- 5\hat{i} - 7\hat{j} @@ 5\mathbf{i} + 7\mathbf{j}
- \begin{pmatrix}4\\-6\end{pmatrix} @@ \begin{pmatrix}4\\6\end{pmatrix}
+ \left\langle 8, -3 \right\rangle @@ \langle 8, -3 \rangle
+ \begin{pmatrix} 8 \\ -3 \end{pmatrix} @@ \langle 8, -3 \rangle
+ \begin{bmatrix} 8 \\ -3 \end{bmatrix} @@ \langle 8, -3 \rangle
+ 8\mathbf{i}-3\mathbf{j} @@ \langle 8, -3 \rangle
+ 8\hat{i}-3\hat{j} @@ 8\hat{\imath} - 3\hat{\jmath}
+ 8\mathbf{i}-3\mathbf{j} @@ 8\hat{\mathbf i} - 3\hat{\mathbf j}
+ 8\mathbf{i}-3\mathbf{j} @@ 8\vec{i} - 3\vec{j}
+ 4\mathbf{u}-9\mathbf{v} @@ 4\vec{u} - 9\vec{v}
+ \hat{i} + 6\hat{j} - 2\hat{k} @@ \mathbf{i}+6\mathbf{j}-2\mathbf{k}
+ \overrightarrow{i} + 6\overrightarrow{j} @@ \vec{i}+6\vec{j}
+ \mathbf{i}+6\mathbf{j}-2\mathbf{k} @@ \langle 1,6,-2\rangle
#words_after_number
- 7 \text{ tenths} @@ 7
+ 7 \text{ tenths} @@ 0.7
- 5 \text{ halves} @@ 5
+ 5 \text{ halves} @@ \frac52
+ 3 \text{ quarters} @@ 0.75
- 7 \text{ hundred} @@ 7
+ 7 \text{ hundred} @@ 700
- 7 \text{ times } n @@ 7
- 4 \text{ factorial} @@ 4
- 7 \text{ squared} @@ 7
- 8 \text{ million} @@ 8
- 8 \text{ million} @@ 8 \text{ billion}
+ 8 \times 10^6 @@ 8 \text{ million}
+ 8000000 @@ 8 \text{ million}
- 15 \text{ dozens} @@ 15
- 15 \text{ hundred} @@ 15
- 15 \text{ hundredths} @@ 15
- 15 \text{ sevenths} @@ 15
- 15 \text{ ninths} @@ 15
- 15 \text{ sixths} @@ 15
- 15 \text{ cubed} @@ 15
- 15 \text{ per y} @@ 15
- 15 \text{ pi} @@ 15
- 15 \text{ y} @@ 15
- 15 \text{ M} @@ 15
- 15 \text{ mil} @@ 15
- 15 \text{ less than y} @@ 15
- 15 \text{ more than the original} @@ 15
- 15 \text{ fewer} @@ 15
- 15 thousand @@ 15
- 15 dozen @@ 15
- 15 cubed @@ 15
- 15 thirds @@ 15
- 15 \text{ times} @@ 15
- 15 \text{ times as many} @@ 15
- 15 \text{ times the radius} @@ 15
- 15 \text{ degrees below zero} @@ 15
- 15 \text{ pairs} @@ 30
- 15 \text{ to the power of 2} @@ 15
- 9 \text{ thousand} @@ 9
- 4 \text{ dozen} @@ 4
+ 4 \text{ dozen} @@ 48
- 15 \text{ choose 2} @@ 15
- 15 \text{ in base 7} @@ 15
- 15 \text{ remainder 2} @@ 15
#words_before_number
- \text{less than } 23 @@ 23
- \text{not } 23 @@ 23
- 23 \text{ or less} @@ 23
- 23 \text{ or } 24 @@ 23
- 23 \text{ to } 25 @@ 23
- 23 \text{ and } 25 @@ 23
- \text{more than } 23 @@ 23
- 23\text{k} @@ 23
- 23\text{M} @@ 23
+ \text{exactly } 23 @@ 23
+ \text{precisely } 23 @@ 23
+ 23 \text{ combinations} @@ 23
- \text{negative } 23 @@ 23
- \text{square root of } 25 @@ 25
- \text{minus } 23 @@ 23
- \text{one half of } 23 @@ 23
- \text{twice } 23 @@ 23
- \text{thrice } 23 @@ 23
- \text{triple } 23 @@ 23
- \text{two thirds of } 23 @@ 23
- \text{the cube root of } 23 @@ 23
- \text{the inverse of } 23 @@ 23
- \text{over } 23 @@ 23
- \text{at least } 23 @@ 23
- \text{at most } 23 @@ 23
- \text{beneath } 23 @@ 23
- \text{smaller than } 23 @@ 23
- \text{can't be } 23 @@ 23
- \text{is not } 23 @@ 23
- \text{ln } 23 @@ 23
- \text{cos } 23 @@ 23
- \text{factors of } 23 @@ 23
- \text{powers of } 23 @@ 23
- \text{all primes except } 23 @@ 23
- \text{every integer but } 23 @@ 23
- \text{the additive inverse of } 23 @@ 23
- \text{the negation of } 23 @@ 23
- \text{three less than } 23 @@ 23
- \text{ten more than } 23 @@ 23
- \text{strictly greater than } 23 @@ 23
- \text{the sum of the digits of } 23 @@ 23
- \text{the square of } 23 @@ 23
- \text{unequal to } 23 @@ 23
- \text{anything but } 23 @@ 23
- \text{next prime after } 23 @@ 23
- \text{a percentage of } 23 @@ 23
- 23 \text{ dozen} @@ 23
- \text{successor of } 23 @@ 23
- \text{nearly } 23 @@ 24
#wrappers
+ \begin{aligned} 29 \end{aligned} @@ 29
- x - 2y + 8 = 0 @@ 5x + 2y - 7 = 0
+ `29` @@ 29
+ \text{`29`} @@ 29
+ \mathrm{Answer}: 29 @@ 29
+ \text{Answer: } 29 @@ 29
+ \textbf{Result:}\ 29 @@ 29
+ 29 \\ @@ 29
+ 29 \newline @@ 29
+ \operatorname{lcm}(3,29) = 87 @@ 87
+ \gcd(58,87) = 29 @@ 29
- \gcd(58,87) = 28 @@ 29
+ \max(3, 29) = 29 @@ 29
+ \phi(30) = 8 @@ 8
+ P(A \cup B) = \frac{5}{9} @@ \frac59
+ f(3) = 29 @@ 29
+ |A| = 29 @@ 29
+ \angle ABC = 58^\circ @@ 58
+ \lim_{x\to 0} g(x) = 29 @@ 29
+ \int_0^1 f(x)\,dx = 29 @@ 29
+ \text{Area} = 29 @@ 29
+ AB + CD = 29 @@ 29
+ \small 29 @@ 29
+ \approx 29 @@ 29
+ 29 = n @@ 29
+ \text{The answer is 29} @@ 29
+ \text{The value of } x \text{ is } 29 @@ 29
+ \prod_{i=1}^n b_i = 29 @@ 29
+ \therefore 29 @@ 29
+ \Rightarrow 29 @@ 29
+ 29\ \qed @@ 29
+ 29\,\Box @@ 29
+ 29\ \checkmark @@ 29
+ \hspace{2mm}29 @@ 29
+ \phantom{x}29 @@ 29
+ \LARGE{29} @@ 29
+ {\Huge 29} @@ 29
+ \displaystyle 29 @@ 29
+ \color{red}{29} @@ 29
+ \textcolor{blue}{29} @@ 29
+ \underline{29} @@ 29
+ \fbox{29} @@ 29
+ \begin{array}{l}29\end{array} @@ 29
+ \begin{align}29\end{align} @@ 29
+ \begin{gather*}29\end{gather*} @@ 29
+ \begin{equation*}29\end{equation*} @@ 29
+ \begin{split}29\end{split} @@ 29
+ 29\tag{3} @@ 29
+ 29\label{eq:a} @@ 29
+ \approx 2.23606798 @@ \sqrt{5}
+ 6\pi \approx 18.85 @@ 18.85
+ 6\pi \text{ (approximately 18.85)} @@ 6\pi
- 6\pi \approx 18.85 @@ 19.85
+ 18.84955592153876 @@ 6\pi
+ \!29\! @@ 29
+ \;29\; @@ 29
#angle_bracket_vector
- \langle 3, 10\rangle @@ \langle 10, 3\rangle
- \{2, 9\} @@ \langle 2, 9\rangle
- \langle 4, 4 \rangle @@ \langle 4 \rangle
+ \left\langle 3,\,10\right\rangle @@ \langle 3,10\rangle
#double_precision_print
+ 3.7416573867739413 @@ \sqrt{14}
+ 0.6283185307179586 @@ \frac{\pi}{5}
+ 0.7777777777777778 @@ \frac{7}{9}
+ 233.33333333333334 @@ \frac{700}{3}
+ 54.598150033144236 @@ e^4
+ 4.47213595499958 @@ 2\sqrt5
+ 0.0033333333333333335 @@ \frac{1}{300}
+ 8.660254037844387 @@ 5\sqrt{3}
+ 1.4422495703074083 @@ \sqrt[3]{3}
- 3.7416583867739413 @@ \sqrt{14}
- 0.7777787777777778 @@ \frac{7}{9}
#empty_set_forms
+ \phi @@ \emptyset
+ \text{Empty set} @@ \varnothing
+ \text{No such } x \text{ exists} @@ \emptyset
+ \left\{ \, \right\} @@ \emptyset
+ \text{The limit does not exist} @@ \text{DNE}
+ \text{No valid solutions} @@ \text{no solution}
- \{\phi\} @@ \emptyset
- \text{one real solution} @@ \text{no real solution}
- [0, 0] @@ \emptyset
#environments
+ \left[\begin{array}{ccc}1 & 0 & 2\\ 0 & 3 & 1\end{array}\right] @@ \begin{pmatrix} 1 & 0 & 2 \\ 0 & 3 & 1 \end{pmatrix}
+ \begin{Bmatrix} 1 & 6 \\ 2 & 5 \end{Bmatrix} @@ \begin{pmatrix} 1 & 6 \\ 2 & 5 \end{pmatrix}
+ \begin{pmatrix} \frac{1}{3} \\[0.5em] -2 \end{pmatrix} @@ \begin{pmatrix} 1/3 \\ -2 \end{pmatrix}
+ X = \begin{bmatrix} 7 \\ -1 \end{bmatrix} @@ \begin{pmatrix} 7 \\ -1 \end{pmatrix}
+ \begin{cases} m=9 \\ n=2 \end{cases} @@ m=9, n=2
+ \begin{cases} x = 0 \\ y = 5 \\ z = -1 \end{cases} @@ (0,5,-1)
+ |2x| @@ \begin{cases} 2x & x \ge 0 \\ -2x & x < 0 \end{cases}
+ g(t)=\begin{cases} t+1, & \text{if } t \le 0 \\ 4, & \text{if } t > 0 \end{cases} @@ \begin{cases} t+1 & t \le 0 \\ 4 & t>0 \end{cases}
+ \begin{bmatrix}5 & 6 & 7\end{bmatrix}^{T} @@ \begin{pmatrix} 5 \\ 6 \\ 7 \end{pmatrix}
- \begin{cases} m=2 \\ n=9 \end{cases} @@ m=9, n=2
- \begin{pmatrix}1&2\\6&5\end{pmatrix} @@ \begin{pmatrix} 1 & 6 \\ 2 & 5 \end{pmatrix}
- g(t)=\begin{cases} t+1, & t < 0 \\ 4, & t \ge 0 \end{cases} @@ g(t)=\begin{cases} t+1 & t \le 0 \\ 4 & t>0 \end{cases}
#family_and_congruence
+ \theta = \frac{\pi}{8} + \frac{n\pi}{2}, \; n\in\mathbb{Z} @@ \theta = \frac{\pi}{8} + \frac{k\pi}{2}, k \in \mathbb{Z}
+ x = 2\pi n \pm \frac{\pi}{3}, n \in \mathbb{Z} @@ x = \pm\frac{\pi}{3} + 2k\pi, k \in \mathbb{Z}
+ x = 30^\circ + 180^\circ n, n \in \mathbb{Z} @@ x = 30^\circ + 180^\circ k, k \in \mathbb{Z}
+ n \equiv 2, 5 \pmod{9} @@ n \equiv 5, 2 \pmod 9
+ y = 13j + 4 \text{ for some integer } j @@ y \equiv 4 \pmod{13}
- n \equiv 2 \pmod{9} @@ n \equiv 2, 5 \pmod 9
- y = 13j + 5 \text{ for some integer } j @@ y \equiv 4 \pmod{13}
#foreign_money_and_units
+ 950\text{ 韩元} @@ 950
+ 52\text{ недель} @@ 52
+ 52\text{ рублей} @@ 52
+ 52\text{ Kilomètres} @@ 52
+ 52\text{ heures} @@ 52
+ 52\text{ litros} @@ 52
+ 52\text{ jabłek} @@ 52
+ 52\text{ cm²} @@ 52
+ ₦52 @@ 52
+ 52\text{ ₫} @@ 52
+ 52\text{ 평방미터} @@ 52
+ 52\text{ リットル} @@ 52
+ 52\text{ किलोमीटर} @@ 52
+ 52\text{ ساعة} @@ 52
+ 52\text{ giờ} @@ 52
+ \text{R\$ }52 @@ 52
+ \text{AUD }52 @@ 52
+ 52\text{ Fr.} @@ 52
- 52\text{ दर्जन} @@ 52
- 52\text{ Dutzend} @@ 52
- 52\text{ docenas} @@ 52
- 52\text{ milliards} @@ 52
- 52\text{ mil} @@ 52
- \text{ја} @@ \text{нет}
#named_coordinates
+ y = 2, x = -11 @@ (-11, 2)
+ N(-11, 2) @@ (-11, 2)
+ (x_0, y_0) = (-11, 2) @@ (-11, 2)
+ x = -11\text{, }y = 2 @@ (-11, 2)
+ \text{Vertex: } (-11, 2) @@ (-11, 2)
+ (p,q,r) = (2,3,11) @@ p=2, q=3, r=11
- r=2, q=3, p=11 @@ (2,3,11)
- \text{the point } (2,-11) @@ (-11,2)
#number_forms
+ 0.1212\overline{12} @@ 0.\overline{12}
+ 0.1\overline{36} @@ \frac{3}{22}
+ 2.1818\dots @@ \frac{24}{11}
+ 15^\circ 30' 0'' @@ 15.5^\circ
+ \text{seven integers} @@ 7
+ \text{sixty-one} @@ 61
+ \text{one hundred twenty} @@ 120
+ \binom{9}{4} @@ 126
+ C^{9}_{4} @@ 126
+ 9 \text{ choose } 4 @@ 126
+ \sin^2 45^\circ @@ \frac12
+ 6!! @@ 48
+ 12\tfrac{1}{2} @@ 12.5
+ \text{F0}_{16} @@ F0_{16}
+ 3\,141\,592 @@ 3141592
+ 1.5 \times 10^{-3} @@ 0.0015
+ \text{A, B and D} @@ A, B, D
- \text{A, B and C} @@ A, B, D
- \text{sixteen} @@ 61
- 0.12 @@ 0.\overline{12}
- 15^\circ 3' @@ 15.5^\circ
#range_forms
+ x \in (-\infty, -1] \cup [6, \infty) @@ x \le -1 \text{ or } x \ge 6
+ \{x \in \mathbb{R} \mid x \neq 9\} @@ (-\infty, 9)\cup(9,\infty)
+ |2x-1| \le 7 @@ [-3, 4]
+ x^2 < 16 @@ (-4, 4)
+ -4 < x \text{ and } x < 4 @@ (-4,4)
+ \text{any real number} @@ \mathbb{R}
+ ]-\infty;0[ \cup ]3;+\infty[ @@ (-\infty,0)\cup(3,\infty)
+ 0 < x < 3 \text{ or } x > 5 @@ (0,3) \cup (5,\infty)
+ \mathbb{R} \setminus [0,1] @@ (-\infty,0)\cup(1,\infty)
+ 8 \ge y > 2 @@ (2,8]
+ (0,+\infty) @@ \mathbb{R}^+
- x^2 \le 16 @@ (-4, 4)
- \text{all integers} @@ \mathbb{R}
- ]3;5] @@ [3,5]
- x \le -1 \text{ or } x > 6 @@ x \le -1 \text{ or } x \ge 6
#ratios
+ 11 : 4 @@ \frac{11}{4}
+ 22\text{ to }8 @@ 11:4
+ 2.75 @@ 11:4
+ 2.75:1 @@ 11:4
+ 10:15:35 @@ 2:3:7
+ \text{11:4} @@ 11:4
- 4:11 @@ 11:4
- 2:7:3 @@ 2:3:7
#text_answers
+ \text{The hyperbola} @@ \text{hyperbola}
+ \text{Ravi and Sara} @@ \text{Sara and Ravi}
+ \text{Sara, Ravi and Tom} @@ \text{Tom, Sara, Ravi}
+ \text{rhombus} @@ \text{a rhombus}
+ \text{TRUE} @@ \text{True}
+ \texttt{Sunday} @@ \text{Sunday}
+ \text{Right isosceles triangle} @@ \text{right isosceles}
+ \text{infinitely many solutions} @@ \text{Infinitely many solutions}
- \text{not a rhombus} @@ \text{rhombus}
- \text{convergent} @@ \text{divergent}
- \text{Sara} @@ \text{Sara and Ravi}
#unit_of_both
+ 3.2 \text{ kg} @@ 3200 \text{ g}
+ 0.02 \text{ m}^2 @@ 200 \text{ cm}^2
+ 36 \text{ km/h} @@ 10 \text{ m/s}
+ 1 \text{ hour } 45 \text{ minutes} @@ 105 \text{ minutes}
+ 5 \text{ ft} @@ 60 \text{ in}
+ 8\text{ sq. units} @@ 8
+ 8 \text{ units}^2 @@ 8
+ 2.4 \text{ kJ} @@ 2400 \text{ J}
+ 6:30 \text{ PM} @@ 6{:}30 \text{ p.m.}
+ 350 \text{ cents} @@ \$3.50
+ 20 \text{ N m} @@ 20 \text{ J}
- 20 \text{ N} @@ 20 \text{ J}
- 3 \text{ dimes} @@ 3 \text{ quarters}
- 3 \text{ quarts} @@ 3 \text{ pints}
- 77 \text{ lb} @@ 77 \text{ oz}
- 77^\circ\text{F} @@ 77^\circ\text{C}
- 6:30 \text{ AM} @@ 6{:}30 \text{ p.m.}
- 19 \text{ roses} @@ 19 \text{ tulips}
- 19 \text{ m/s} @@ 19 \text{ m/min}
- 19 \text{ kWh} @@ 19 \text{ kW}
- 19\% @@ 19 \text{ dollars}
- 19 \text{ units} @@ 19 \text{ kg}
#unit_vector_accents
+ 7\mathbf{i} - \mathbf{j} + 2\mathbf{k} @@ \langle 7,-1,2\rangle
+ 7\boldsymbol{i} - \boldsymbol{j} @@ 7\hat{i} - \hat{j}
+ -\hat{\jmath} @@ -\mathbf{j}
+ \frac12\hat{i} + \frac32\hat{j} @@ \langle 0.5, 1.5 \rangle
- \hat{i} - 7\hat{j} @@ 7\hat{i} - \hat{j}
- \hat{k} @@ \hat{j}
#words_after_number
- 44 \text{ dozen} @@ 44
- 44 \text{ hundredfold} @@ 44
- 44 \text{ tenths} @@ 44
- 44 \text{ cubed} @@ 44
- 44 \text{ plus } x @@ 44
- 44 \text{ minus } x @@ 44
- 44 \text{ percent of } x @@ 44
- 44 \text{ to the fifth} @@ 44
- 44 \text{ radians squared} @@ 44
- 44 \text{ K} @@ 44
- 44 million @@ 44
- 44 tenths @@ 44
- 44 \text{ squares of x} @@ 44
- 44 \text{ over } 3 @@ 44
- 44 \text{ lakhs} @@ 44
- 44 \text{ gross} @@ 44
- 44 \text{ halves} @@ 44
- 44 \text{ fifths} @@ 44
- 44 \text{ more} @@ 44
- 44 \text{ mod } 5 @@ 44
+ 44 \text{ hundred} @@ 4400
+ 9 \text{ eighths} @@ \frac98
+ 44 \text{ violinists} @@ 44
+ 44 \text{ lemonades} @@ 44
+ 44 \text{ toy cars} @@ 44
+ 44 \text{ different seating arrangements} @@ 44
#words_before_number
- \text{just under } 31 @@ 31
- \text{no fewer than } 31 @@ 31
- \text{a fifth of } 31 @@ 31
- \text{four times } 31 @@ 31
- \text{ten percent of } 31 @@ 31
- \text{the hundredth of } 31 @@ 31
- \text{log base 2 of } 31 @@ 31
- \text{e to the } 31 @@ 31
- \text{anything other than } 31 @@ 31
- \text{it is not } 31 @@ 31
- \text{about a third of } 31 @@ 31
- \text{the complement of } 31 @@ 31
- \text{tangent of } 31 @@ 31
- \text{the floor of half } 31 @@ 31
- \text{double that of } 31 @@ 31
- \text{one short of } 31 @@ 31
- \text{multiplied by } 31 @@ 31
- \text{add } 31 @@ 31
- \text{subtract } 31 @@ 31
- \text{up to } 31 @@ 31
+ \text{The number of students is } 31 @@ 31
+ \text{Hence the final answer is } 31 @@ 31
+ \text{She has } 31 @@ 31
+ \text{Total cost: } 31 @@ 31
+ \text{Maximum value: } 31 @@ 31
#wrappers
+ \mathrm{Ans.}\ 66 @@ 66
+ \text{Final answer: } 66 @@ 66
+ \mathbf{66} @@ 66
+ \large\mathbf{66} @@ 66
+ \mathop{66} @@ 66
+ \underbrace{66} @@ 66
+ \overset{!}{=} 66 @@ 66
+ \boxed{66} @@ 66
+ \displaystyle{66} @@ 66
+ \left( 66 \right) @@ 66
+ \phantom{-}66 @@ 66
+ \left|\overline{AB}\right| = 66 @@ 66
+ \operatorname{ord}(x) = 66 @@ 66
+ \mathbb{E}[X] = 66 @@ 66
+ n(A \cap B) = 66 @@ 66
+ x_{\max} = 66 @@ 66
+ \Pr(X=2) = \frac{3}{8} @@ \frac38
+ \max_{x} f(x) = 66 @@ 66
+ \log_2 x = 66 @@ 66
+ AB = 66 \text{ cm} @@ 66
+ \binom{12}{2} = 66 @@ 66
+ 66 \quad \blacksquare @@ 66
+ 66\ \text{(Answer)} @@ 66
+ 66\\[4pt] @@ 66
- \binom{12}{2} = 65 @@ 66
- 66 = 67 @@ 66
#sets
+ x\in(-\infty,-5)\cup(5,\infty) @@ |x|>5
+ x<-5 \text{ or } x>5 @@ (-\infty,-5)\cup(5,\infty)
+ \{x\in\mathbb{R} : -3\le x<8\} @@ [-3,8)
+ [-3, 8[ @@ [-3,8)
+ -3 \leqslant x < 8 @@ [-3,8)
+ 8 > x \geq -3 @@ [-3,8)
+ \mathbb{R}\setminus\{-6, 6\} @@ (-\infty,-6)\cup(-6,6)\cup(6,\infty)
+ \text{all real numbers except } 4 @@ (-\infty,4)\cup(4,\infty)
+ \text{All real numbers } x \text{ such that } x \ge 9 @@ [9,\infty)
+ \text{at most } 7 @@ x \le 7
+ \text{greater than } 11 @@ (11,\infty)
+ k \text{ is less than } -2 @@ k<-2
+ \text{All } x \text{ with } |x-1| \le 2 @@ [-1,3]
+ \text{between } 2 \text{ and } 6 \text{ inclusive} @@ [2,6]
+ a \in \left(-\infty, \tfrac{1}{3}\right] @@ a \leq \frac13
+ x^2 \ge 16 @@ (-\infty,-4]\cup[4,+\infty)
+ \mathbf{R}\setminus[0,3] @@ (-\infty,0)\cup(3,\infty)
+ t > 0,\ t \neq 7 @@ (0,7)\cup(7,\infty)
- [-3,8] @@ [-3,8)
- (-3,8) @@ -3 \le x < 8
- x>5 @@ |x|>5
- x<-5 \text{ and } x>5 @@ (-\infty,-5)\cup(5,\infty)
- x \text{ is less than } 4 @@ x \ge 4
- \text{at most } 4 @@ x \ge 4
- \text{greater than } 4 @@ x \ge 4
- \mathbb{R}\setminus\{6\} @@ \mathbb{R}\setminus\{-6,6\}
- \text{all real numbers} @@ (-\infty,4)\cup(4,\infty)
- [9,\infty) @@ (9,\infty)
- \text{between } 2 \text{ and } 6 \text{ exclusive} @@ [2,6]
- \{2,6\} @@ [2,6]
- x \ne 7 @@ x = 7
- \emptyset @@ \mathbb{R}
- \{0\} @@ \emptyset
- 0 @@ \emptyset
+ (-\infty, -2] \cup [9, \infty) @@ x \le -2 \text{ or } x \ge 9
+ x \leq -2 \vee x \geq 9 @@ (-\infty,-2]\cup[9,\infty)
+ \{ y : y > 1.5 \} @@ (\frac32, \infty)
+ ]0, 12] @@ (0,12]
+ 0 < r \le 12 @@ (0,12]
+ r \le 12 \text{ and } r > 0 @@ (0,12]
+ \mathbb{R} - \{3\} @@ (-\infty,3)\cup(3,\infty)
+ \text{all reals except } 3 \text{ and } 10 @@ \mathbb{R} \setminus \{3, 10\}
+ \text{any real number greater than } 3 @@ (3,\infty)
+ x \text{ is at most } 3.5 @@ x \leq \frac72
+ \text{no more than } 40 @@ x \le 40
+ m \text{ must be greater than } 6 @@ m > 6
+ \text{all positive real numbers} @@ (0,\infty)
+ \text{non-negative real numbers} @@ [0,\infty)
+ \text{strictly between } -1 \text{ and } 8 @@ (-1,8)
+ \text{from } -1 \text{ to } 8 \text{, inclusive} @@ [-1,8]
+ p \in (2,4) \cup (4,6) @@ 2<p<6, p \neq 4
+ |x+2| < 5 @@ -7 < x < 3
+ x>\ln 4 @@ (2\ln 2,\infty)
- (0,12) @@ (0,12]
- 0 \le r \le 12 @@ (0,12]
- x < 3 \text{ or } x > 10 @@ \mathbb{R} \setminus \{3, 10\}
- \text{no less than } 40 @@ x \le 40
- \text{fewer than } 40 @@ x \le 40
- m \text{ must be at least } 6 @@ m > 6
- \text{all negative real numbers} @@ (0,\infty)
- \text{positive real numbers} @@ [0,\infty)
- \text{from } -1 \text{ to } 8 @@ (-1,9)
- |x+2| > 5 @@ -7<x<3
- (-\infty,-2)\cup(9,\infty) @@ x \le -2 \text{ or } x \ge 9
- [-2,9] @@ x \le -2 \text{ or } x \ge 9
- \{\emptyset\} @@ \emptyset
- \text{one solution} @@ \text{no solution}
- (2,6) @@ 2<p<6, p\neq 4
+ y \in [-2, +\infty) @@ y \geq -2
+ \{x \mid -6 < x \leqslant 1\} @@ (-6,1]
+ \text{all real numbers less than } 10 @@ (-\infty,10)
+ \text{all real numbers except } x = 5 @@ \mathbb{R}\setminus\{5\}
+ w \text{ is no less than } 12 @@ w \ge 12
+ c \text{ must be smaller than } \frac{9}{4} @@ c < \frac94
+ |t| \ge 7 @@ t \le -7 \text{ or } t \ge 7
+ (-7,7) @@ x^2 < 49
+ (-\infty,0) \cup (0,\infty) @@ x \ne 0
+ x \in \mathbb{R} \setminus \{-4\} @@ (-\infty,-4)\cup(-4,\infty)
+ \text{between } 0 \text{ and } 1 \text{ (exclusive)} @@ (0,1)
+ 1 \le n \le 4 @@ [1,4]
+ p\geq 2\sqrt{3} @@ [2\sqrt3,\infty)
+ \text{any real number except } 0 \text{ and } 1 @@ \mathbb{R}\setminus\{0,1\}
- (-6,1) @@ (-6,1]
- \text{less than or equal to } 10 @@ (-\infty,10)
- \text{more than } 10 @@ (-\infty,10)
- w \text{ is at most } 12 @@ w \ge 12
- w > 12 @@ w \ge 12
- |t| \le 7 @@ t \le -7 \text{ or } t \ge 7
- (0,1) \text{ or } (2,3) @@ (0,3)
- \text{between } 0 \text{ and } 1 \text{ inclusive} @@ (0,1)
- \text{non-negative real numbers} @@ (0,\infty)
- \text{all nonzero reals} @@ \mathbb{R}
- \mathbb{Z} @@ \mathbb{R}
- 12 @@ w \ge 12
- \text{at least } 12 @@ 12
- 12 \text{ or more} @@ 12
#layout
+ \displaystyle\frac{17}{23} @@ \frac{17}{23}
+ \mathrm{Answer: } 214 @@ 214
+ \textbf{The answer is } 61 @@ 61
+ \underline{\underline{83}} @@ 83
+ \color{red}{77} @@ 77
+ {\color{blue} 77} @@ 77
+ \overset{\rightarrow}{AB} = (3,1) @@ (3,1)
+ \overset{!}{=} 29 @@ 29
+ \underset{}{91} @@ 91
+ \operatorname{Area} = 48 @@ 48
+ S_{\triangle ABC} = 36 @@ 36
+ \angle BCD = 41^\circ @@ 41
+ m\angle A = 52^{\circ} @@ 52
+ |AB| = 13 @@ 13
+ \overline{PQ} = 18 @@ 18
+ P(X \ge 2) = \frac{7}{18} @@ \frac{7}{18}
+ \text{Sum} = 305 @@ 305
+ \Large 45 @@ 45
+ \phantom{0}27 @@ 27
+ \text{Total cost: } \$58 @@ 58
+ \mathbf{a_{10} = 1023} @@ 1023
+ \ \ 19 \ \ \blacksquare @@ 19
+ \text{Therefore, the value is } 33. @@ 33
+ \large\mathbf{\frac{31}{8}} @@ \frac{31}{8}
+ \text{Final answer: } 407 @@ 407
+ \boldsymbol{x = 66} @@ 66
+ \fbox{58} @@ 58
+ \textcolor{green}{102} @@ 102
+ \cancelto{}{} 53 @@ 53
+ \stackrel{?}{=} 39 @@ 39
+ \overset{\frown}{AB} = 84^\circ @@ 84^\circ
+ \overrightarrow{PQ} = \langle 2,-7\rangle @@ \langle 2, -7\rangle
+ \text{Perimeter} = 62 \text{ cm} @@ 62
+ [ABCD] = 144 @@ 144
+ \text{Area}(\triangle DEF) = 90 @@ 90
+ \measuredangle PQR = 37^\circ @@ 37
+ AC = 4\sqrt{7} @@ 4\sqrt7
+ \Pr(A \mid B) = \frac{5}{9} @@ \frac59
+ E[X] = 3.5 @@ \frac72
+ \text{Var}(X) = 12 @@ 12
+ \lim_{x\to 2} f(x) = 9 @@ 9
+ f^{-1}(3) = 11 @@ 11
+ a_1 + a_2 = 28 @@ 28
+ \left.\frac{dy}{dx}\right|_{x=1} = 6 @@ 6
+ \hspace{2mm} 73 \hspace{2mm} @@ 73
+ \tag{1} 64 @@ 64
+ 88 \quad \checkmark @@ 88
+ \vec{v} = (3, -4) @@ (3,-4)
+ \textstyle\frac{6}{35} @@ \frac{6}{35}
+ \mathbf{\text{Answer}} = 512 @@ 512
+ \underbrace{512}_{\text{answer}} @@ 512
+ \text{The minimum value is } -9 @@ -9
+ \angle XYZ = 118^\circ @@ 118
+ \overline{MN} = 21 @@ 21
+ \mathrm{Area}_{\triangle} = 66 @@ 66
+ \text{Volume} = 96\pi \text{ cm}^3 @@ 96\pi
+ P(\text{red}) = \frac{4}{15} @@ \frac{4}{15}
+ \frac{a}{b} = \frac{3}{7} @@ \frac37
+ g(f(4)) = 19 @@ 19
+ \sum a_i = 45 @@ 45
+ \boldsymbol{\frac{5}{12}} @@ \frac{5}{12}
+ \stackrel{\text{def}}{=} 31 @@ 31
+ \overset{\circ}{=} 31 @@ 31
+ \text{Hence, the answer is } \mathbf{31}. @@ 31
+ 31 \quad \text{(Answer)} @@ 31
+ \normalsize 31 @@ 31
+ \text{Time taken} = 4.5 \text{ hours} @@ 4.5
+ \displaystyle \lim_{n\to\infty} a_n = 3 @@ 3
#numbers
+ 0.\overline{27} @@ \frac{3}{11}
+ 0.272727\ldots @@ \frac{3}{11}
+ 2.\dot{3} @@ \frac73
+ 1.8(3) @@ \frac{11}{6}
+ 17^\circ 45' @@ 17.75^\circ
+ 36^{\circ}30^{\prime} @@ 36.5
+ \cos 60^\circ @@ \frac12
+ \tan 45^{\circ} @@ 1
+ \sin 75^\circ @@ \frac{\sqrt6+\sqrt2}{4}
+ \dbinom{7}{2} @@ 21
+ {}^{9}C_{4} @@ 126
+ ^{7}P_2 @@ 42
+ 3\tfrac{5}{8} @@ \frac{29}{8}
+ 3 \text{ and } \frac58 @@ \frac{29}{8}
+ 5! @@ 120
+ 2^{10}-1 @@ 1023
+ 6.02 \times 10^{4} @@ 60200
+ 6.02e4 @@ 60200
+ 1{,}234{,}567 @@ 1234567
+ 12\,500 @@ 12500
+ \log_2 32 @@ 5
+ \frac{22}{7}\% @@ \frac{22}{7}\%
+ 37.5\% @@ \frac38
+ seventeen @@ 17
+ 0.\overline{142857} @@ \frac17
+ 4.1\overline{6} @@ \frac{25}{6}
+ 0.(45) @@ \frac{5}{11}
+ 0.\dot{1}\dot{8} @@ \frac{2}{11}
+ 62^\circ 15' 36'' @@ 62.26^\circ
+ 12^{\circ}\,20' @@ \frac{37}{3}^\circ
+ \tan 60^\circ @@ \sqrt3
+ \sin 150^\circ @@ 0.5
+ 2\cos 30^\circ @@ \sqrt3
+ \binom{10}{3} - \binom{5}{2} @@ 110
+ {11 \choose 2} @@ 55
+ _{12}C_{2} @@ 66
+ _{5}P_{3} @@ 60
+ P(6,2) @@ 30
+ \frac{7!}{3!4!} @@ 35
+ 7\,\frac{2}{9} @@ \frac{65}{9}
+ 1.25 \cdot 10^{-3} @@ 0.00125
+ 4.7E6 @@ 4700000
+ 98\,765 @@ 98765
+ 86 400 @@ 86400
+ \text{forty} @@ 40
+ \text{three and a half} @@ 3.5
+ 62\tfrac12\% @@ 0.625
+ 1101_2 @@ 1101_{2}
+ \sum_{k=1}^{10} k @@ 55
+ \lfloor 7.9 \rfloor @@ 7
+ \sqrt[3]{343} @@ 7
+ 0.\overline{54} @@ \frac{6}{11}
+ 7.\overline{1} @@ \frac{64}{9}
+ 0.41\overline{6} @@ \frac{5}{12}
+ 0.(18) @@ \frac{2}{11}
+ 48^\circ 20' @@ 48\frac13
+ 5^\circ 6' @@ 5.1^\circ
+ \sin 120^\circ @@ \frac{\sqrt3}{2}
+ \tan 15^\circ @@ 2-\sqrt3
+ \binom{8}{5} @@ 56
+ \frac{8!}{5!3!} @@ 56
+ 8C5 @@ 56
+ \text{ninety-one} @@ 91
+ \text{two hundred and six} @@ 206
+ 4\frac{5}{6} @@ \frac{29}{6}
+ 12.5 \times 10^{3} @@ 12500
+ 3^{-2} @@ \frac19
+ 12\% @@ 0.12
+ 2{,}048 @@ 2048
+ 45\,360 @@ 45360
+ FF_{16} @@ FF_{16}
#money
+ €45 @@ 45
+ £12.50 @@ 12.5
+ ¥3000 @@ 3000
+ ₹ 850 @@ 850
+ \text{Fr. } 64 @@ 64
+ 64 \text{ CHF} @@ 64
+ \text{Rs. } 720 @@ 720
+ US\$91 @@ 91
+ 91 \text{ dollars} @@ 91
+ \$4.05 @@ 4.05
+ 405 \text{ cents} @@ 405
+ 120 zł @@ 120
+ 75 Kč @@ 75
+ 38 m² @@ 38
+ 250 µm @@ 250
+ 14 км @@ 14
+ 6 個 @@ 6
+ 23°C @@ 23
+ 90 км/ч @@ 90
+ 18 кг @@ 18 \text{ kg}
+ ₩9000 @@ 9000
+ 7 元 @@ 7
+ 35 años @@ 35
+ 8 cm³ @@ 8\text{ cm}^3
+ £ 8.40 @@ 8.4
+ 35 € @@ 35
+ \text{€}\,1{,}250 @@ 1250
+ ₱500 @@ 500
+ \$ 2{,}300.00 @@ 2300
+ 2300 \text{ USD} @@ 2300
+ \text{RM } 45 @@ 45
+ 45 \text{ pesos} @@ 45
+ kr 250 @@ 250
+ 250 kr @@ 250
+ ₽ 1500 @@ 1500
+ 1500 руб. @@ 1500
+ 50 ฿ @@ 50
+ \text{S}\$17 @@ 17
+ A\$17.50 @@ 17.5
+ 40 ¢ @@ 40
+ 5.5 Ω @@ 5.5
+ 62 Å @@ 62
+ 100 ㎡ @@ 100
+ 9 часов @@ 9
+ 12 cm² @@ 12 \text{ cm}^2
+ 30 km/h @@ 30 \text{ km/h}
+ 77 °F @@ 77
+ 25 litrů @@ 25
+ 10 mètres @@ 10
+ 28 osób @@ 28
+ 16 学生 @@ 16
+ 4 Äpfel @@ 4
+ £73 @@ 73
+ 73 £ @@ 73
+ CAD 73 @@ 73
+ R\$ 73 @@ 73
+ 73 Fr. @@ 73
+ RM73 @@ 73
+ 73 kr. @@ 73
+ ₪73 @@ 73
+ 73 ¢ @@ 73
+ ₹1,200 @@ 1200
+ 73 грн @@ 73
+ 73 m³ @@ 73
+ 73 км² @@ 73
+ 73 °C @@ 73
+ 73 千克 @@ 73
+ 73 дней @@ 73
+ 73 日 @@ 73
+ 73 días @@ 73
+ 73 Schüler @@ 73
+ 73 métros @@ 73
+ 73 μs @@ 73
+ 73 Ω @@ 73
#empty
+ \varnothing @@ \emptyset
+ \{\} @@ \emptyset
+ \text{There is no solution} @@ \text{no solution}
+ \text{No real solutions exist.} @@ \emptyset
+ \text{none} @@ \emptyset
+ \text{The equation has no solutions} @@ \text{no solutions}
+ \text{no such numbers exist} @@ \text{no such numbers}
+ \emptyset @@ \text{empty set}
+ \text{No solutions} @@ \emptyset
+ \text{There are no real roots} @@ \text{no real roots}
+ \text{no real solution} @@ \text{No real solutions}
+ \text{None exist} @@ \text{none}
+ \text{No such integers exist} @@ \emptyset
+ \{\ \} @@ \varnothing
+ \varnothing @@ \text{no solution}
+ \left\{\,\right\} @@ \emptyset
+ \text{No solution} @@ \text{There is no solution}
+ \text{the system has no solution} @@ \text{no solution}
#families
+ x = \frac{\pi}{3} + 2\pi k, k \in \mathbb{Z} @@ \frac{\pi}{3}+2n\pi
+ x = -\frac{5\pi}{3} + 2k\pi \ (k\in\mathbb{Z}) @@ \frac{\pi}{3}+2n\pi, n \in \mathbb{Z}
+ n \equiv 4 \pmod{9} @@ 9k+4
+ 9k - 5 @@ n \equiv 4 \pmod 9
+ x = 60^\circ + 360^\circ n @@ 60^\circ+360^\circ k
+ \pm\frac{\pi}{6}+\pi n @@ \frac{\pi}{6}+\pi k, \frac{5\pi}{6}+\pi k
+ \{ 5m+2 \mid m \in \mathbb{Z} \} @@ n \equiv 2 \pmod 5
+ x = k\pi \text{ for any integer } k @@ n\pi
+ 4 \bmod 9 @@ 4
+ x = n\pi + \frac{\pi}{4},\ n \in \mathbb{Z} @@ \frac{\pi}{4}+k\pi
+ \frac{(4k+1)\pi}{4} @@ \frac{\pi}{4}+k\pi
+ x \in \left\{ \frac{\pi}{4} + k\pi : k \in \mathbb{Z} \right\} @@ \frac{\pi}{4}+k\pi
+ x \equiv -2 \pmod{7} @@ x \equiv 5 \pmod 7
+ 7t + 5, \text{ where } t \text{ is an integer} @@ 7k+5
+ 45^\circ + 180^\circ k @@ 45^\circ + n \cdot 180^\circ
+ \theta = 2\pi n \pm \frac{2\pi}{3} @@ \pm\frac{2\pi}{3}+2\pi k
+ 5 \pmod 7 @@ 5
+ x = (-1)^n\frac{\pi}{6} + n\pi @@ \frac{\pi}{6}+2k\pi, \frac{5\pi}{6}+2k\pi
+ x = 2k\pi + \frac{\pi}{5} \; (k \in \mathbb{Z}) @@ \frac{\pi}{5}+2\pi n
+ x = \frac{\pi}{5} - 2\pi m @@ \frac{\pi}{5} + 2k\pi
+ n \equiv 6 \pmod{8} @@ n \equiv -2 \pmod 8
+ 8k + 6 @@ n \equiv 6 \pmod{8}
+ \{8k+6 : k\in\mathbb{Z}\} @@ 8k - 2
+ 30^\circ + 180^\circ n @@ 30^\circ + 180^\circ k
+ 6 \pmod{8} @@ 6
#environments
+ \begin{pmatrix} 2 & 7 \\ -1 & 5 \end{pmatrix} @@ \begin{bmatrix}2&7\\-1&5\end{bmatrix}
+ \left[\begin{array}{cc}2&7\\-1&5\end{array}\right] @@ \begin{pmatrix}2&7\\-1&5\end{pmatrix}
+ \begin{aligned} x &= 4 \\ y &= 9 \end{aligned} @@ (4,9)
+ \begin{cases} x = 4 \\ y = 9 \end{cases} @@ x=4, y=9
+ \begin{gathered} 52 \end{gathered} @@ 52
+ \begin{array}{l} 3 \\ 8 \end{array} @@ 3, 8
+ \begin{split} a &= 16 \end{split} @@ 16
+ \begin{bmatrix} 1\\[4pt] 6 \end{bmatrix} @@ \begin{pmatrix}1\\6\end{pmatrix}
+ \begin{matrix} 5 & 0 \cr 0 & 5 \end{matrix} @@ 5\begin{pmatrix}1&0\\0&1\end{pmatrix}
+ \begin{equation*} 71 \end{equation*} @@ 71
+ \begin{vmatrix} 3 & 1 \\ 2 & 4 \end{vmatrix} @@ 10
+ \begin{smallmatrix} 1 & 8 \\ 0 & 6 \end{smallmatrix} @@ \begin{pmatrix}1&8\\0&6\end{pmatrix}
+ \left(\begin{array}{rr} 1 & 8 \\ 0 & 6 \end{array}\right) @@ \begin{bmatrix}1&8\\0&6\end{bmatrix}
+ \begin{bmatrix} 1 & 8 \\ 0 & 6 \\ \end{bmatrix} @@ \begin{pmatrix}1&8\\0&6\end{pmatrix}
+ \begin{align*} p &= 13 \\ q &= -2 \end{align*} @@ p = 13, q = -2
+ \left\{ \begin{array}{l} p = 13 \\ q = -2 \end{array} \right. @@ (13,-2)
+ \begin{aligned} & 47 \end{aligned} @@ 47
+ \begin{center} 29 \end{center} @@ 29
+ \begin{pmatrix} 5 \\[6pt] -3 \\[6pt] 1 \end{pmatrix} @@ \begin{pmatrix} 5 \\ -3 \\ 1 \end{pmatrix}
+ \frac{1}{2}\begin{pmatrix} 2 & 4 \\ 6 & 0 \end{pmatrix} @@ \begin{pmatrix}1&2\\3&0\end{pmatrix}
+ (5, -3, 1)^T @@ \begin{pmatrix} 5 \\ -3 \\ 1 \end{pmatrix}
+ \begin{bmatrix} -3 \\ 0 \\ 8 \end{bmatrix} @@ \begin{pmatrix}-3\\0\\8\end{pmatrix}
+ \left[\begin{matrix} 4 & 1 \\ 2 & 9 \end{matrix}\right] @@ \begin{bmatrix}4&1\\2&9\end{bmatrix}
+ \begin{aligned} m &= 6, \\ n &= 11 \end{aligned} @@ (m,n)=(6,11)
+ \begin{cases} x=6 \\ y=11 \end{cases} @@ (6,11)
+ \begin{align} 39 \end{align} @@ 39
+ \begin{array}{c} 39 \end{array} @@ 39
+ u = 6 \\ v = 11 @@ u=6, v=11
+ \begin{gather*} k = 39 \end{gather*} @@ 39
#invisible
+ 4​6 @@ 46
+ ⁢38 @@ 38
+ 3 200 @@ 3200
+ ‪95‬ @@ 95
+ ﻿12 @@ 12
+ −17 @@ -17
+ x = 44 @@ 44
+ 7⁄4 @@ \frac74
+ ​57 @@ 57
+ 6‍8 @@ 68
+ 1 024 @@ 1024
+ ‎-31 @@ -31
+ ⁦1⁩ @@ 1
+ 33 @@ 33
+ ２４ @@ 24
+ –5 @@ -5
+ 9×10⁴ @@ 90000
+ ½ @@ 0.5
+ ​39​ @@ 39
+ − 39 @@ -39
+ 3⁢9 @@ 39
+ 1 050 @@ 1050
+ ‏39 @@ 39
+ ３９ @@ 39
#double
+ 1.4142135623730951 @@ \sqrt2
+ 0.7142857142857143 @@ \frac57
+ 2.23606797749979 @@ \sqrt5
+ 3.141592653589793 @@ \pi
+ 0.5773502691896258 @@ \frac{1}{\sqrt3}
+ 5.333333333333333 @@ \frac{16}{3}
+ 148.4131591025766 @@ e^5
+ 1.0986122886681098 @@ \ln 3
+ 0.30000000000000004 @@ 0.3
+ 1.7320508075688772 @@ \sqrt{3}
+ 0.8461538461538461 @@ \frac{11}{13}
+ 2.718281828459045 @@ e
+ 6.283185307179586 @@ 2\pi
+ 0.09090909090909091 @@ \frac{1}{11}
+ 4.47213595499958 @@ 2\sqrt{5}
+ 0.1 + 0.2 @@ 0.3
+ 0.15384615384615385 @@ \frac{2}{13}
+ 12.566370614359172 @@ 4\pi
+ 7.38905609893065 @@ e^2
+ 0.8660254037844386 @@ \frac{\sqrt3}{2}
+ 2.0794415416798357 @@ \ln 8
+ 1.1 + 2.2 @@ 3.3
+ 3.3000000000000003 @@ 3.3
#ratios
+ 3:8 @@ \frac38
+ 6:16 @@ 3:8
+ 3 \text{ to } 8 @@ 3:8
+ 15:10:5 @@ 3:2:1
+ \frac{3}{8} @@ 3 : 8
+ 1:\sqrt2 @@ \sqrt2:2
+ 3 \colon 8 @@ 3:8
+ \text{The ratio is } 4:7 @@ 4:7
+ 5:12 @@ \frac{5}{12}
+ 10:24 @@ 5:12
+ 5 \text{ to } 12 @@ 5:12
+ 5/12 @@ 5:12
+ 4:6:10 @@ 2:3:5
+ \frac{2}{\sqrt3} @@ 2:\sqrt{3}
+ 5 : 12 @@ 5 \text{ to } 12
+ AB:BC = 5:12 @@ 5:12
+ 7:9 @@ \frac79
+ 21:27 @@ 7:9
+ 7 \text{ to } 9 @@ \frac79
+ 8:12:20 @@ 2:3:5
+ x:y = 7:9 @@ 7:9
+ \text{Ratio} = 7:9 @@ 7:9
#names
+ \text{Alice and Bob} @@ \text{Bob, Alice}
+ \text{a rhombus} @@ \text{rhombus}
+ \text{The ellipse} @@ \text{ellipse}
+ \text{Dana, Emil, and Fritz} @@ \text{Fritz, Emil, Dana}
+ \text{an isosceles triangle} @@ \text{isosceles}
+ \text{TUESDAY} @@ \text{Tuesday}
+ \text{Team Red} @@ \text{Red}
+ \text{It is a parabola} @@ \text{parabola}
+ \text{Yes} @@ \text{yes}
+ \text{The second option} @@ \text{second option}
+ \text{Ravi, Mina} @@ \text{Mina and Ravi}
+ \text{the hyperbola} @@ \text{hyperbola}
+ \text{A hyperbola} @@ \text{a hyperbola}
+ \text{monday} @@ \text{Monday}
+ \text{Greta, Henk \& Ivo} @@ \text{Ivo, Greta, Henk}
+ \text{It is a right triangle.} @@ \text{right triangle}
+ \text{Option C} @@ \text{C}
+ (C) @@ \text{C}
+ \text{Plan B} @@ \text{Plan B}
+ \text{Lena and Omar} @@ \text{Omar and Lena}
+ \text{an ellipse} @@ \text{Ellipse}
+ \text{It is an ellipse.} @@ \text{ellipse}
+ \text{wednesday} @@ \text{Wednesday}
+ \text{Kai, Lena, Omar} @@ \text{Omar, Kai, and Lena}
+ \text{The answer is no} @@ \text{No}
+ \text{(D)} @@ D
+ \text{trapezoid} @@ \text{a trapezoid}
#coordinates
+ x=-4,\ y=11 @@ (-4,11)
+ y=11, x=-4 @@ (-4,11)
+ (x,y)=(-4,11) @@ (-4, 11)
+ P = (-4, 11) @@ (-4,11)
+ M(-4,11) @@ (-4,11)
+ x=2, y=0, z=-9 @@ (2,0,-9)
+ \text{the point } (5,6) @@ (5,6)
+ \left( \frac{1}{2}; 3 \right) @@ \left(\frac12,3\right)
+ \text{center } (1,-2), \text{ radius } 5 @@ \text{center } (1,-2), \text{radius } 5
+ a = 3 \text{ and } b = 17 @@ (3,17)
+ (x, y, z) = (1, -6, 2) @@ (1,-6,2)
+ z=2,\ x=1,\ y=-6 @@ (1,-6,2)
+ Q(0,-15) @@ (0,-15)
+ \text{Point } Q(0,-15) @@ (0,-15)
+ Q: (0,-15) @@ (0,-15)
+ \text{vertex at } (0,-15) @@ (0,-15)
+ (0 \, , -15) @@ (0,-15)
+ x = 0 \text{ and } y = -15 @@ (0,-15)
+ m=5, n=14 @@ m = 5, n = 14
+ x_1 = 6, x_2 = -1 @@ -1, 6
+ x = 6 \text{ or } x = -1 @@ -1, 6
+ y=-8,\;x=3 @@ (3,-8)
+ R(3,-8) @@ (3,-8)
+ (x,y)=(3,-8) @@ (3,-8)
+ \text{Midpoint: } (3,-8) @@ (3,-8)
+ x=3,\ y=-8 @@ (x,y)=(3,-8)
+ \text{the vertex is } (3,-8) @@ (3,-8)
+ \langle 3, -8\rangle @@ 3\mathbf{i}-8\mathbf{j}
+ a=1,\ b=-5,\ c=6 @@ (1,-5,6)
#counted
+ 14 \text{ marbles} @@ 14
+ 27 \text{ gerbils} @@ 27
+ 9 \text{ wagons} @@ 9
+ 33 \text{ ferries} @@ 33
+ 16 \text{ polyominoes} @@ 16
+ 12 \text{ lanterns} @@ 12
+ 48 \text{ handshakes} @@ 48
+ 5 \text{ quilts} @@ 5
+ 11 \text{ valid colorings} @@ 11
+ 72 \text{ bottles of juice} @@ 72
+ 20 \text{ more pages} @@ 20
+ 8 \text{ kg of rice} @@ 8
+ 45 \text{ km per hour} @@ 45
+ 7 \text{ square feet} @@ 7
+ 64 \text{ km/h} @@ 64 \text{ kilometers per hour}
+ 1.5 \text{ hours} @@ 90 \text{ minutes}
+ 750 \text{ mL} @@ 0.75 \text{ L}
+ 3 \text{ m} @@ 300 \text{ cm}
+ 2 \text{ m}^2 @@ 20000 \text{ cm}^2
+ 6 \text{ pm} @@ 6:00 \text{ p.m.}
+ 19 \text{ sparrows} @@ 19
+ 22 \text{ trolleys} @@ 22
+ 41 \text{ postage stamps} @@ 41
+ 10 \text{ spaceships} @@ 10
+ 13 \text{ pixies} @@ 13
+ 37 \text{ barges} @@ 37
+ 66 \text{ crystals} @@ 66
+ 15 \text{ tulip bulbs} @@ 15
+ 90 \text{ distinct arrangements} @@ 90
+ 31 \text{ remaining sweets} @@ 31
+ 24 \text{ slices of pizza} @@ 24
+ 17 \text{ years old} @@ 17
+ 12 \text{ times} @@ 12
+ 5 \text{ feet tall} @@ 5
+ 80 \text{ miles per hour} @@ 80
+ 55 \text{ dollars per week} @@ 55
+ 1200 \text{ g} @@ 1.2 \text{ kg}
+ 2.5 \text{ days} @@ 60 \text{ hours}
+ 4 \text{ ft} @@ 48 \text{ inches}
+ \frac{1}{4} \text{ of an hour} @@ 15 \text{ minutes}
+ 3 \text{ sq. units} @@ 3
+ \pi \text{ radians} @@ \pi
+ 180^\circ @@ \pi \text{ radians}
+ 34 \text{ pebbles} @@ 34
+ 34 \text{ hedgehogs} @@ 34
+ 34 \text{ trams} @@ 34
+ 34 \text{ postcards} @@ 34
+ 34 \text{ different ways} @@ 34
+ 34 \text{ lawn chairs} @@ 34
+ 34 \text{ cups of flour} @@ 34
+ 34 \text{ additional tickets} @@ 34
+ 34 \text{ km apart} @@ 34
+ 34 \text{ degrees} @@ 34^\circ
+ 34 \text{ square inches} @@ 34 \text{ in}^2
+ 2.4 \text{ kg} @@ 2400 \text{ g}
+ 105 \text{ minutes} @@ 1.75 \text{ hours}
+ 1.2 \text{ m} @@ 120 \text{ cm}
+ 34 \text{ cents} @@ \$0.34
+ 34 \text{ quizzes} @@ 34
+ 34 \text{ vans} @@ 34
+ 34 \text{ lemonade stands} @@ 34
#before
- \text{half of } 18 @@ 18
- \text{negative } 18 @@ 18
- \text{minus } 18 @@ 18
- \text{the square root of } 18 @@ 18
- \text{less than } 18 @@ 18
- \text{more than } 18 @@ 18
- \text{fewer than } 18 @@ 18
- \text{at least } 18 @@ 18
- \text{at most } 18 @@ 18
- \text{any number except } 18 @@ 18
- \text{not } 18 @@ 18
- \text{anything but } 18 @@ 18
- \text{twice } 18 @@ 18
- \text{double } 18 @@ 18
- \text{one third of } 18 @@ 18
- \text{a quarter of } 18 @@ 18
- \text{the reciprocal of } 18 @@ 18
- \text{the square of } 18 @@ 18
- \text{the opposite of } 18 @@ 18
- \text{the cube root of } 18 @@ 18
- \text{the factorial of } 18 @@ 18
- \text{the sum of the digits of } 18 @@ 18
- \text{one more than } 18 @@ 18
- \text{one less than } 18 @@ 18
- \text{up to } 18 @@ 18
- \text{over } 18 @@ 18
- \text{under } 18 @@ 18
- \text{above } 18 @@ 18
- \text{below } 18 @@ 18
- \text{other than } 18 @@ 18
- \text{a multiple of } 18 @@ 18
- \text{a divisor of } 18 @@ 18
- \text{a dozen times } 18 @@ 18
- \text{some number between } 0 \text{ and } 18 @@ 18
- \text{the log of } 18 @@ 18
- \text{the absolute value of } -18 @@ -18
- \text{the inverse of } 18 @@ 18
- \text{percent of } 18 @@ 18
- \text{everything besides } 18 @@ 18
- \text{The answer is not } 18 @@ 18
- \text{The number of ways is at most } 18 @@ 18
- \text{It is never } 18 @@ 18
- \text{the successor of } 18 @@ 18
- \text{without } 18 @@ 18
- \text{or } 18 @@ 18
- \text{unlikely } 18 @@ 18
- \text{minus the number } 18 @@ 18
- \text{root } 18 @@ 18
- \text{between } 18 @@ 18
- \text{ten times } 18 @@ 18
- \text{negative } 26 @@ 26
- \text{the negative of } 26 @@ 26
- \text{half } 26 @@ 26
- \text{a half of } 26 @@ 26
- \text{nearly } 26 \text{ squared} @@ 26
- \text{square root of } 26 @@ 26
- \text{smaller than } 26 @@ 26
- \text{bigger than } 26 @@ 26
- \text{no more than } 26 @@ 26
- \text{not more than } 26 @@ 26
- \text{any integer except } 26 @@ 26
- \text{all numbers but } 26 @@ 26
- \text{all but } 26 @@ 26
- \text{certainly not } 26 @@ 26
- \text{everything except } 26 @@ 26
- \text{thrice } 26 @@ 26
- \text{triple } 26 @@ 26
- \text{two times } 26 @@ 26
- \text{two thirds of } 26 @@ 26
- \text{ten percent of } 26 @@ 26
- \text{a tenth of } 26 @@ 26
- \text{the number after } 26 @@ 26
- \text{the number before } 26 @@ 26
- \text{the cube of } 26 @@ 26
- \text{the conjugate of } 26 @@ 26
- \text{the complement of } 26 @@ 26
- \text{the additive inverse of } 26 @@ 26
- \text{the number of divisors of } 26 @@ 26
- \text{the largest prime below } 26 @@ 26
- \text{a number greater than } 26 @@ 26
- \text{the value is under } 26 @@ 26
- \text{The answer is anything except } 26 @@ 26
- \text{The answer cannot be } 26 @@ 26
- \text{It isn't } 26 @@ 26
- \text{x is not equal to } 26 @@ 26
- \text{different from } 26 @@ 26
- \text{far from } 26 @@ 26
- \text{off by } 26 @@ 26
- \text{a factor of } 26 @@ 26
- \text{the ones digit of } 26 @@ 26
- \text{remainder when divided by } 26 @@ 26
- \text{neither } 26 @@ 26
- \text{modulo } 26 @@ 26
- \text{base } 26 @@ 26
- \text{every number from } 1 \text{ to } 26 @@ 26
- \text{either } 25 \text{ or } 26 @@ 26
- \text{five less than } 26 @@ 26
- \text{the number of ways is half of } 26 @@ 26
- \text{exceeds } 26 @@ 26
- \text{imaginary } 26 @@ 26
- \text{the length of } 26 @@ 26
- -\text{ the number } 26 @@ 26
- \text{negative } 57 @@ 57
- \text{half of } 57 @@ 57
- \text{one half of } 57 @@ 57
- \text{square root of } 57 @@ 57
- \text{less than } 57 @@ 57
- \text{any number except } 57 @@ 57
- \text{strictly more than } 57 @@ 57
- \text{barely under } 57 @@ 57
- \text{three fifths of } 57 @@ 57
- \text{nine times } 57 @@ 57
- \text{quadruple } 57 @@ 57
- \text{the third power of } 57 @@ 57
- \text{the sine of } 57 @@ 57
- \text{the natural log of } 57 @@ 57
- \text{one over } 57 @@ 57
- \text{zero point } 57 @@ 57
- \text{minus } 57 @@ 57
- \text{plus or minus } 57 @@ 57
- \text{hardly } 57 @@ 57
- \text{nowhere near } 57 @@ 57
- \text{surely not } 57 @@ 57
- \text{no } 57 @@ 57
- \text{all values but } 57 @@ 57
- \text{all real numbers except } 57 @@ 57
- \text{between } 56 \text{ and } 57 @@ 57
- \text{from } 1 \text{ to } 57 @@ 57
- \text{the prime factors of } 57 @@ 57
- \text{the next integer after } 57 @@ 57
- \text{the sum of all numbers up to } 57 @@ 57
- \text{a hundred and } 57 @@ 57
- \text{one hundred minus } 57 @@ 57
- \text{a thousand } 57 @@ 57
- \text{the probability is less than } 57 @@ 57
- \text{x is never } 57 @@ 57
- \text{it can be anything other than } 57 @@ 57
- \text{ten more than } 57 @@ 57
- \text{the value before } 57 @@ 57
- \text{the answer is close to } 57 @@ 57
- \text{roughly half of } 57 @@ 57
- \text{the complex number } i \text{ times } 57 @@ 57
- \text{the digits of } 57 @@ 57
- \text{the reverse of } 57 @@ 57
- \text{the remainder of } 57 @@ 57
- \text{the answer exceeds } 57 @@ 57
- \text{the answer minus } 57 @@ 57
- \text{floor of } 57 \text{ halves} @@ 57
- \text{mean of } 57 \text{ and } 59 @@ 57
- \text{the degree of } 57 @@ 57
- \text{two to the } 57 @@ 57
- \text{the integral of } 57 @@ 57
#behind
- 18 \text{ dozen} @@ 18
- 18 \text{ hundred} @@ 18
- 18 \text{ halves} @@ 18
- 18 \text{ squared} @@ 18
- 18 \text{ cubed} @@ 18
- 18k @@ 18
- 18 \text{ k} @@ 18
- 18 \text{ thousand} @@ 18
- 18 \text{ million dollars} @@ 18
- 18 \text{ doubled} @@ 18
- 18 \text{ factorial} @@ 18
- 18 \text{ percent of } 50 @@ 18
- 18 \text{ or more} @@ 18
- 18 \text{ or less} @@ 18
- 18 \text{ or fewer} @@ 18
- 18 \text{ at most} @@ 18
- 18 \text{ at least} @@ 18
- 18 \text{ plus one} @@ 18
- 18 \text{ minus } 1 @@ 18
- 18 \text{ times two} @@ 18
- 18 \text{ divided by three} @@ 18
- 18 \text{ less} @@ 18
- 18 \text{ pairs} @@ 36 \text{ shoes}
- 18 \text{ score} @@ 18
- 18 \text{ gross} @@ 18
- 18 \text{ thirds} @@ 18
- 18 \text{ tenths} @@ 18
- 18 \text{ is wrong} @@ 18
- 18 \text{ is not the answer} @@ 18
- 18 \text{ maybe } 19 @@ 18
- 18 \text{ or } 19 @@ 18
- 18 \text{ and } 19 @@ 18
- 18 \text{ to the fourth} @@ 18
- 18 \text{ to the power of } 2 @@ 18
- 18 \text{ negated} @@ 18
- 18 \text{ reversed} @@ 18
- 18 \text{ excluded} @@ 18
- 18 \text{ in base } 9 @@ 18
- 18 \text{ below zero} @@ 18
- 18 \text{ mod } 5 @@ 18
- 18 \text{ bn} @@ 18
- 18\text{ M} @@ 18
- 18 \text{ tripled} @@ 18
- 18 \text{ lakh} @@ 18
- 18 万 @@ 18
- 18 тысяч @@ 18
- 18 mil @@ 18
- 18 \text{ inverted} @@ 18
- 18 \text{ or so} \pm 3 @@ 18
- 18 \text{ except } 18 @@ 18
- 15 \text{ times } x @@ 15
- 18 \text{ choose } 2 @@ 18
- 26 \text{ dozens} @@ 26
- 26 \text{ hundreds} @@ 26
- 26 \text{ half} @@ 26
- 26 \text{ halved} @@ 26
- 26 \text{ sevenths} @@ 26
- 26 \text{ to the third} @@ 26
- 26 \text{ raised to the second power} @@ 26
- 26K @@ 26
- 26 \text{ billion people} @@ 26
- 26 \text{ hundredths} @@ 26
- 26 \text{ quadrupled} @@ 26
- 26 \text{ times itself} @@ 26
- 26 \text{ times as many} @@ 26
- 26 \text{ and a half} @@ 26
- 26 \text{ and one} @@ 26
- 26 \text{ or } 27 @@ 26
- 26 \text{ or fewer people} @@ 26
- 26 \text{ or greater} @@ 26
- 26 \text{ and up} @@ 26
- 26 \text{ and below} @@ 26
- 26 \text{ to } 30 @@ 26
- 26 \text{ minus something} @@ 26
- 26 \text{ less than } x @@ 26
- 26 \text{ more than } x @@ 26
- 26 \text{ is too large} @@ 26
- 26 \text{ is incorrect} @@ 26
- 26 \text{ is excluded} @@ 26
- 26 \text{ not} @@ 26
- 26 \text{ isn't it} @@ 26
- 26 \text{ rooted} @@ 26
- 26 \text{ under the root} @@ 26
- 26 \text{ in hexadecimal} @@ 26
- 26 \text{ in base } 8 @@ 26
- 26 \text{ modulo } 7 @@ 26
- 26 \text{ per cent of the total} @@ 26
- 26 \text{ couples} @@ 26 \text{ people}
- 26 \text{ fold} @@ 26
- 26 \text{ short of the answer} @@ 26
- 26 \text{ away from the answer} @@ 26
- 26 \text{ crore} @@ 26
- 26 \text{ millions} @@ 26
- 26 \text{ quintillion} @@ 26
- 26 \text{ googol} @@ 26
- 26 \text{ mille} @@ 26
- 26 억 @@ 26
- 26 миллионов @@ 26
- 26 लाख @@ 26
- 26 Dutzend @@ 26
- 26 百万 @@ 26
- 26 \text{ if } x > 0 @@ 26
- 26 \text{ degrees below zero} @@ 26
- 26 \text{ tens} @@ 26
- 26 i @@ 26
- 26 \text{ prime} @@ 26
- 26 + \text{ some} @@ 26
- 26^{\text{th}} \text{ prime} @@ 26
- 57 \text{ dozen} @@ 57
- 57 \text{ hundred} @@ 57
- 57 \text{ halves} @@ 57
- 57 \text{ squared} @@ 57
- 57 \text{ k} @@ 57
- 57 \text{ cubed} @@ 57
- 57 \text{ thirds} @@ 57
- 57 \text{ ninths} @@ 57
- 57 \text{ thousandths} @@ 57
- 57 \text{ percent less} @@ 57
- 57 \text{ or higher} @@ 57
- 57 \text{ and counting} @@ 57
- 57 \text{ plus change} @@ 57
- 57 \text{ minus two} @@ 57
- 57 \text{ over two} @@ 57
- 57 \text{ over } 2 @@ 57
- 57 \text{ divided by } 3 @@ 57
- 57 \text{ times three} @@ 57
- 57 \text{ times as large} @@ 57
- 57 \text{ fewer} @@ 57
- 57 \text{ short} @@ 57
- 57 \text{ off} @@ 57
- 57 \text{ negative} @@ 57
- 57 \text{ inverse} @@ 57
- 57 \text{ to the minus one} @@ 57
- 57 \text{ is not correct} @@ 57
- 57 \text{ would be wrong} @@ 57
- 57 \text{ or } 75 @@ 57
- 57 \text{ versus } 75 @@ 57
- 57 \text{, } 58 @@ 57
- 57 \text{ choose three} @@ 57
- 57 \text{ radical two} @@ 57
- 57 \text{ root two} @@ 57
- 57 \text{ pi} @@ 57
- 57 \text{ mod } 9 @@ 57
- 57 \text{ base seven} @@ 57
- 57 \text{ in octal} @@ 57
- 57 \text{ decades} @@ 57 \text{ years}
- 57 \text{ score and one} @@ 57
- 57 \text{ trillionths} @@ 57
- 57 \text{ millions of people} @@ 57
- 57 \text{ dozen roses} @@ 57
- 57 \text{ hundred meters} @@ 57
- 57 \text{ thousand dollars} @@ 57
- 57 \text{ half hours} @@ 57
- 57 \text{ quarter turns} @@ 57
- 57 \text{ tenths of a meter} @@ 57
- 57 億 @@ 57
- 57 миллиардов @@ 57
- 57 Millionen @@ 57
- 57 हज़ार @@ 57
- 57 docenas @@ 57
- 57 douzaines @@ 57
- 57 \text{ mln} @@ 57
- 57 \text{ unless zero} @@ 57
- 57 \text{ tending to zero} @@ 57
- 57 \text{ vectors minus one} @@ 57
- 57 \text{ apples and } 3 \text{ pears} @@ 57
- 57 \text{ ounces less than a pound} @@ 57
- 57 \text{ dividends halved} @@ 57
- 57 \text{ doubles} @@ 57
- 57 \text{ quintuplets minus one} @@ 57
- 57 \text{ powers of ten} @@ 57
- 57 \text{ orders of magnitude} @@ 57
- 57 \text{ factors of two} @@ 57
- 57 \text{ multiples of } 3 @@ 57
- 57 \text{ percentages below} @@ 57
- 57 \text{ years before} @@ 57
#units
- 7 \text{ g} @@ 7 \text{ kg}
- 7 \text{ cm}^2 @@ 7 \text{ cm}^3
- 7 \text{ hours} @@ 7 \text{ minutes}
- 7 \text{ a.m.} @@ 7 \text{ p.m.}
- 7^\circ \text{F} @@ 7^\circ \text{C}
- 7 \text{ miles} @@ 7 \text{ km}
- 7 \text{ inches} @@ 7 \text{ feet}
- 7 \text{ ml} @@ 7 \text{ l}
- 7 \text{ mph} @@ 7 \text{ km/h}
- 7 \text{ m/s} @@ 7 \text{ m/s}^2
- 7 \text{ days} @@ 7 \text{ weeks}
- 7 \text{ cents} @@ 7 \text{ dollars}
- €7 @@ \$7
- 7 \text{ N} @@ 7 \text{ J}
- 7 \text{ W} @@ 7 \text{ kW}
- 7 \text{ radians} @@ 7^\circ
- 7 \text{ apples} @@ 7 \text{ oranges}
- 7 \text{ units} @@ 7 \text{ kg}
- 7 \text{ square units} @@ 7 \text{ cm}
- 7 \text{ meters} @@ 7 \text{ square meters}
- 7 \text{ lb} @@ 7 \text{ oz}
- 7 \text{ mm} @@ 7 \text{ cm}
- 7 \text{ seconds} @@ 7 \text{ ms}
- 7 \text{ boys} @@ 7 \text{ girls}
- 7 кг @@ 7 \text{ g}
- 7 м @@ 7 \text{ cm}
- 70 \text{ cm} @@ 7 \text{ m}
- 7 \text{ L} @@ 700 \text{ mL}
- 1 \text{ h } 7 \text{ min} @@ 107 \text{ min}
- 7 \text{ gallons} @@ 7 \text{ quarts}
- 7 \text{ years} @@ 7 \text{ months}
- £7 @@ 7 \text{ euros}
- 7 \text{ dollars per hour} @@ 7 \text{ dollars per day}
- 7 \text{ liters} @@ 7 \text{ grams}
- 7 \text{ volts} @@ 7 \text{ amperes}
- 7\% @@ 7^\circ
- 7 \text{ bits} @@ 7 \text{ bytes}
- 7 \text{ pounds} @@ 7 \text{ kilograms}
- 9 \text{ mg} @@ 9 \text{ g}
- 9 \text{ kilometers} @@ 9 \text{ meters}
- 9 \text{ square feet} @@ 9 \text{ cubic feet}
- 9 \text{ ft}^2 @@ 9 \text{ ft}
- 9 \text{ min} @@ 9 \text{ s}
- 9 \text{ PM} @@ 9 \text{ AM}
- 9^\circ\text{C} @@ 9 \text{ K}
- 9 \text{ yards} @@ 9 \text{ feet}
- 9 \text{ tons} @@ 9 \text{ kg}
- 9 \text{ km/h} @@ 9 \text{ m/s}
- 9 \text{ months} @@ 9 \text{ weeks}
- 9 \text{ nickels} @@ 9 \text{ dimes}
- 9 \text{ euros} @@ 9 \text{ pounds}
- 9 \text{ yen} @@ \$9
- 9 \text{ Pa} @@ 9 \text{ kPa}
- 9 \text{ Hz} @@ 9 \text{ seconds}
- 9 \text{ degrees} @@ 9 \text{ radians}
- 9 \text{ chairs} @@ 9 \text{ tables}
- 9 \text{ units} @@ 9 \text{ meters per second}
- 9 \text{ items} @@ 9 \text{ kg}
- 9 \text{ cubic units} @@ 9 \text{ square units}
- 9 \text{ hectares} @@ 9 \text{ acres}
- 9 \text{ pints} @@ 9 \text{ cups}
- 0.9 \text{ kg} @@ 90 \text{ g}
- 90 \text{ min} @@ 9 \text{ h}
- 9 мин @@ 9 \text{ hours}
- 9 cm² @@ 9\text{ cm}
- 9 \text{ dollars} @@ 9 \text{ cents}
- 9 \text{ miles per gallon} @@ 9 \text{ miles per hour}
- 9 \text{ red marbles} @@ 9 \text{ blue marbles}
- 9 \text{ men} @@ 9 \text{ women}
- 9 \text{ MB} @@ 9 \text{ GB}
- 9 \text{ kWh} @@ 9 \text{ kW}
- 9 \text{ g/cm}^3 @@ 9 \text{ kg/m}^3
- 9 \text{ mol} @@ 9 \text{ g}
- 3{:}09 \text{ p.m.} @@ 3{:}09 \text{ a.m.}
- 2 \text{ ft } 9 \text{ in} @@ 29 \text{ in}
- 9 \text{ minutes of arc} @@ 9^\circ
- 33 \text{ g} @@ 33 \text{ mg}
- 33 \text{ cm}^2 @@ 33 \text{ cm}
- 33 \text{ m}^3 @@ 33 \text{ m}^2
- 33 \text{ minutes} @@ 33 \text{ seconds}
- 3 \text{ am} @@ 3 \text{ pm}
- 33^\circ\text{F} @@ 33^\circ\text{C}
- 33 \text{ yards} @@ 33 \text{ meters}
- 33 \text{ nautical miles} @@ 33 \text{ miles}
- 33 \text{ feet} @@ 33 \text{ square feet}
- 33 \text{ kilowatts} @@ 33 \text{ watts}
- 33 \text{ newtons} @@ 33 \text{ kilograms}
- 33 \text{ dollars} @@ €33
- 33 \text{ rupees} @@ 33 \text{ dollars}
- 33 \text{ quarters} @@ 33 \text{ dimes}
- 33 \text{ units} @@ 33 \text{ seconds}
- 33 \text{ units} @@ 33 \text{ dollars}
- 33 \text{ cubic units} @@ 33 \text{ units}
- 33 \text{ cats} @@ 33 \text{ dogs}
- 33 \text{ adults} @@ 33 \text{ children}
- 33 \text{ things} @@ 33 \text{ hours}
- 33 \text{ m/s} @@ 33 \text{ mph}
- 33 \text{ miles per minute} @@ 33 \text{ miles per hour}
- 33 \text{ weeks} @@ 33 \text{ days}
- 330 \text{ g} @@ 3.3 \text{ kg}
- 3.3 \text{ hours} @@ 3 \text{ hours } 30 \text{ minutes}
- 33 \text{ inches} @@ 3.3 \text{ feet}
- 33 см @@ 33 \text{ mm}
- 33 г @@ 33 \text{ kg}
- 33\% @@ 33 \text{ kg}
- 33^\circ @@ 33 \text{ radians}
- 33 \text{ acres} @@ 33 \text{ square miles}
- 33 \text{ milliseconds} @@ 33 \text{ seconds}
- 33 \text{ cups} @@ 33 \text{ gallons}
- 33 \text{ girls} @@ 33 \text{ students and teachers}
#order
- \langle 4, 1\rangle @@ \langle 1,4\rangle
- \langle 2,-3,5\rangle @@ \langle 5,-3,2\rangle
- (4,1) @@ (1,4)
- 4\mathbf{i}+\mathbf{j} @@ \langle 1,4\rangle
- \langle 1,4,4\rangle @@ \langle 1,4\rangle
- \begin{pmatrix}4\\1\end{pmatrix} @@ \begin{pmatrix}1\\4\end{pmatrix}
- y=-4, x=11 @@ (-4,11)
- x=11,\ y=-4 @@ (-4,11)
- 8:3 @@ 3:8
- \langle -1,4\rangle @@ \langle 1,-4\rangle
- \langle 7, -2 \rangle @@ \langle -2, 7\rangle
- \langle 0,3,1 \rangle @@ \langle 0,1,3\rangle
- 7\hat{i} - 2\hat{j} @@ \langle -2,7 \rangle
- (7, -2, 7) @@ (7,7,-2)
- \langle 7,-2 \rangle @@ \langle 7,-2,0\rangle
- \begin{bmatrix}7\\-2\end{bmatrix} @@ \begin{bmatrix}-2\\7\end{bmatrix}
- x=-15, y=0 @@ (0,-15)
- (y,x) = (0,-15) @@ (0,-15)
- 12:5 @@ 5:12
- 2:5:3 @@ 2:3:5
- \langle 9,-1,2\rangle @@ \langle 9,2,-1\rangle
- \langle 5,6\rangle @@ \langle 6,5\rangle
- 6\mathbf{i}+5\mathbf{j} @@ 5\mathbf{i}+6\mathbf{j}
- (5,6) @@ \langle 6,5\rangle
- \begin{pmatrix}5\\6\end{pmatrix} @@ (6,5)
- y=3, x=-8 @@ (3,-8)
- b=1, a=-5 @@ a=1, b=-5
- 9:7 @@ 7:9
- \{5,6\} @@ \langle 5,6\rangle
#forms
- 0.27 @@ 0.\overline{27}
- 0.\overline{3} @@ 0.3
- 17^\circ 45' @@ 17.45^\circ
- \binom{9}{4} @@ 94
- {}^{9}P_{4} @@ 126
- \cos 30^\circ @@ \frac12
- 1.414 @@ \sqrt2
- 0.714 @@ \frac57
- 3.14 @@ \pi
- 1.41421356237 @@ \sqrt{2.001}
- 6:8 @@ 3:8
- x = \frac{\pi}{3} + \pi k @@ \frac{\pi}{3}+2n\pi
- n \equiv 5 \pmod 9 @@ 9k+4
- n \equiv 4 \pmod 8 @@ 9k+4
- \begin{pmatrix}2&-1\\7&5\end{pmatrix} @@ \begin{pmatrix}2&7\\-1&5\end{pmatrix}
- \text{Alice and Carl} @@ \text{Bob, Alice}
- \text{Alice} @@ \text{Alice, Bob}
- \text{No} @@ \text{Yes}
- \text{infinitely many solutions} @@ \text{no solution}
- 1,234 @@ 1.234
- 12.500 @@ 12500
- 5!! @@ 120
- 3\tfrac58 @@ \frac{15}{8}
- \overset{\rightarrow}{AB} = (1,3) @@ (3,1)
- x=4, y=8 @@ (4,9)
- 4​6 @@ 10
- \text{Sum} = 306 @@ 305
- 28 \ne 29 @@ 29
- x < 29 @@ 29
- 37.5 @@ \frac38
- 0.142857 @@ 0.\overline{142856}
- 4.16 @@ 4.1\overline{6}
- 0.45 @@ \frac{5}{11}
- 62^\circ 15' @@ 62.15^\circ
- \tan 30^\circ @@ \sqrt3
- \sin 150 @@ 0.5
- \binom{11}{2} @@ 5.5
- P(6,2) @@ 15
- 72\frac{2}{9} @@ \frac{65}{9}
- 1.25 \cdot 10^{3} @@ 0.00125
- 1.73 @@ \sqrt3
- 0.846 @@ \frac{11}{13}
- 2.72 @@ e
- 1.73205080757 @@ \sqrt{3}+10^{-9}
- n\pi + \frac{\pi}{4} @@ \frac{\pi}{4}+2k\pi
- x \equiv 2 \pmod 7 @@ x \equiv 5 \pmod 7
- 7k + 4 @@ 7k+5
- \begin{vmatrix}3&1\\2&4\end{vmatrix} @@ 14
- \begin{pmatrix}1&0\\8&6\end{pmatrix} @@ \begin{pmatrix}1&8\\0&6\end{pmatrix}
- p=-2,q=13 @@ p=13,q=-2
- \text{Ravi} @@ \text{Mina and Ravi}
- \text{Ravi or Mina} @@ \text{Mina and Ravi}
- \text{not a right triangle} @@ \text{right triangle}
- \text{True} @@ \text{False}
- \text{Option D} @@ \text{C}
- 6‍8 @@ 14
- 1101_3 @@ 1101_2
- 1101 @@ 1101_2
- x_1 = 6, x_2 = 1 @@ -1, 6
- \text{Perimeter} = 26 @@ 62
- f^{-1}(3) = 1/11 @@ 11
- 88 \text{ (wrong)} @@ 88
- 87, 88 @@ 88
- \overset{\frown}{AB} = 84^\circ @@ 48^\circ
- 0.54 @@ \frac{6}{11}
- 0.\overline{45} @@ \frac{6}{11}
- 48^\circ 20' @@ 48.2
- 8P5 @@ 56
- \binom{8}{4} @@ 56
- 3.3166 @@ \sqrt{11.01}
- 12.57 @@ 4\pi
- 0.154 @@ \frac{2}{13}
- 3.3000000000000003 @@ 3.4
- 3.31 @@ 3.3
- n \equiv 6 \pmod 9 @@ n \equiv 6 \pmod 8
- \frac{\pi}{5} + \pi k @@ \frac{\pi}{5}+2\pi n
- 30^\circ + 360^\circ n @@ 30^\circ + 180^\circ k
- \begin{vmatrix}4&1\\2&9\end{vmatrix} @@ \begin{bmatrix}4&1\\2&9\end{bmatrix}
- \begin{bmatrix}4&2\\1&9\end{bmatrix} @@ \begin{bmatrix}4&1\\2&9\end{bmatrix}
- \text{Lena} @@ \text{Omar and Lena}
- \text{not an ellipse} @@ \text{ellipse}
- \text{Half an ellipse} @@ \text{ellipse}
- u=11 \\ v=6 @@ u=6, v=11
- 39 \\ 40 @@ 39
- 2P(\text{red}) = \frac{4}{15} @@ \frac{2}{15}
- x:y = 9:7 @@ 7:9
- \text{no solution} @@ \text{one solution}
- \overset{\frown}{39} @@ 93
- \underset{x}{\min} = 4 @@ -4
#plural
- 26 \text{ gazillions} @@ 26
- 26 \text{ zillions} @@ 26
- 26 \text{ sextillions} @@ 26
- 26 \text{ billionths} @@ 26
- 26 \text{ twelfths} @@ 26
- 26 \text{ thirds} @@ 26
- 26 \text{ scores} @@ 26
- 26 \text{ grosses} @@ 26
- 26 \text{ ones} @@ 26
- 26 \text{ twenties} @@ 26
- 26 \text{ tuples} @@ 27
- 26 \text{ quintuples} @@ 26
- 26 \text{ centuries} @@ 26 \text{ years}
- 26 \text{ percents} @@ 2600
- 26 \text{ negatives} @@ 26
- 26 \text{ less oranges} @@ 26
- 26 \text{ half oranges} @@ 26
- 26 \text{ dozen gerbils} @@ 26
- 26 \text{ hundred gerbils} @@ 26
- 26 \text{ thousand gerbils} @@ 26
- 26 \text{ minus gerbils} @@ 26
- 26 \text{ or more gerbils} @@ 26
- 26 \text{ excluding gerbils} @@ 26
- 26 \text{ missing gerbils plus one} @@ 26
- 26 \text{ yes} @@ 26
- 26 \text{ is false} @@ 26
- 26 \text{ fails} @@ 26
- 26 \text{ misses} @@ 26
- 26 \text{ differs} @@ 26
- 26 \text{ lies below} @@ 26
- 26 \text{ plus others} @@ 26
- 26 \text{ reduces} @@ 26
- 26 \text{ decreases} @@ 26
- 26 \text{ minuses} @@ 26
- 26 \text{ powers} @@ 27
- 26 \text{ squares minus} @@ 26
- 26 \text{ myriads} @@ 26
- 26 \text{ digits} @@ 27
- 26 \text{ gerbils per dozen} @@ 26
- 26 \text{ gerbils dozen} @@ 26
- 26 \text{ gerbils squared} @@ 26
- 26 \text{ gerbils plus } 3 @@ 26
- 26 \text{ gerbils minus one} @@ 26
- 26 \text{ gerbils and a half} @@ 26
- 26 \text{ gerbils each dozen} @@ 26
- 26 \text{ gerbils less} @@ 26
- 26 \text{ gerbils too many} @@ 26
- 26 \text{ gerbils short} @@ 26
- 26 \text{ gerbils} @@ 26 \text{ hamsters}
- 26 \text{ gerbils} @@ 27
- 26 \text{ gerbils} @@ 26 \text{ kg}
- 26 \text{ doublings} @@ 26
- 26 \text{ halvings} @@ 26
- 26 \text{ multiples} @@ 52
- 26 \text{ logs} @@ 26 \text{ kg}
- 26 \text{ sines} @@ 26
- 26 \text{ cosines} @@ 26
- 26 \text{ roots} @@ \sqrt{26}
- 26 \text{ inverses} @@ 26
- 26 \text{ reciprocals} @@ 26
- 26 \text{ opposites} @@ 26
- 26 \text{ radicals} @@ 26
- 26 \text{ primes} @@ 101
- 26 \text{ successors} @@ 26
- 26 \text{ predecessors} @@ 26
- 26 \text{ complements} @@ 26
- 26 \text{ remainders} @@ 26
- 26 \text{ differences} @@ 27
- 26 \text{ milliards} @@ 26
- 26 \text{ millones} @@ 26
- 26 \text{ centenas} @@ 26
- 26 \text{ docenas} @@ 26
- 26 \text{ decenas} @@ 26
- 26 \text{ mitades} @@ 26
- 26 \text{ tercios} @@ 26
- 26 \text{ milhares} @@ 26
- 26 \text{ metades} @@ 26
- 26 \text{ moities} @@ 26
- 26 \text{ tiers} @@ 26
- 26 \text{ quarts} @@ 26 \text{ l}
- 26 \text{ miles de personas} @@ 26
- 26 \text{ bushels} @@ 26 \text{ kg}
- 26 \text{ approximations} @@ 27
- 26 \text{ upwards} @@ 26
- 26 \text{ downwards} @@ 26
- 26 \text{ afterwards minus one} @@ 26
- 26 \text{ hence } 27 @@ 26
- 26 \text{ units more} @@ 26
- 26 \text{ units less} @@ 26
- 26 \text{ points below} @@ 26
- 26 \text{ years ago} @@ -26
- 26 \text{ steps back} @@ -26
#range
+ [-7, 4[ @@ [-7,4)
+ -7 \leq x < 4 @@ [-7,4)
+ x \in [-7,4) @@ -7 \le x < 4
+ \{x \in \mathbb{R} \mid -7 \le x < 4\} @@ [-7, 4)
+ x \le -4 \ \text{or}\ x > 9 @@ (-\infty,-4] \cup (9,\infty)
+ (9,+\infty) \cup (-\infty,-4] @@ x \le -4 \text{ or } x > 9
+ \left(-\infty, -4\right] \cup \left(9, \infty\right) @@ \{x \mid x \le -4 \text{ or } x > 9\}
+ x > 9 \text{ or } x \leq -4 @@ (-\infty,-4] \cup (9,\infty)
+ |x - 3| < 5 @@ (-2,8)
+ -2 < x < 8 @@ |x-3|<5
+ |x| \geq 6 @@ (-\infty,-6]\cup[6,\infty)
+ \mathbb{R} \setminus \{-3, 3\} @@ x \neq \pm 3
+ x \neq 3 \text{ and } x \neq -3 @@ (-\infty,-3)\cup(-3,3)\cup(3,\infty)
+ x \in \mathbb{R}, x \neq 7 @@ \mathbb{R}\setminus\{7\}
+ \mathbb{R} - \{7\} @@ (-\infty,7)\cup(7,\infty)
+ \text{All real numbers except } 7 @@ x \ne 7
+ \text{all real numbers except } x = 7 @@ (-\infty,7)\cup(7,\infty)
+ \text{all real } x @@ \mathbb{R}
+ (-\infty, +\infty) @@ \text{all real numbers}
+ \mathbf{R} @@ \mathbb{R}
+ m \ge \frac{13}{4} @@ [\frac{13}{4}, \infty)
+ \left[\frac{13}{4}, +\infty\right) @@ m \geq 3.25
+ \text{any real number greater than or equal to } \frac{13}{4} @@ [3.25,\infty)
+ \text{all } x \text{ such that } x > 6 @@ (6,\infty)
+ x > 6 @@ 6 < x
+ 0 < k \leq \dfrac{1}{e} @@ \left(0, \frac{1}{e}\right]
+ k \in (0, \tfrac1e] @@ 0<k\le \frac1e
+ \{2, 3, 5, 7\} @@ \{7,5,3,2\}
+ x = 2, 3, 5, 7 @@ \{2,3,5,7\}
+ \{-1\} \cup [2, 5] @@ x = -1 \text{ or } 2 \le x \le 5
+ ]0, +\infty[ @@ (0,\infty)
+ ]-\infty; 3] @@ (-\infty,3]
+ (0, \infty) @@ x > 0
+ \mathbb{R}^+ @@ (0,\infty)
+ \text{the set of all positive real numbers} @@ x>0
+ x > 1 \text{ and } x \ne 4 @@ (1,4)\cup(4,\infty)
+ 1 < x < 4 \text{ or } x > 4 @@ (1, 4) \cup (4, \infty)
+ b > a > c @@ c < a < b
+ -\sqrt{5} \le y \le \sqrt{5} @@ [-\sqrt5,\sqrt5]
+ y^2 \le 5 @@ [-\sqrt5,\sqrt5]
+ (-\infty,2) \text{ and } (6,\infty) @@ (-\infty,2)\cup(6,\infty)
+ f(x) \in [1,9] @@ [1,9]
#range
- (-7, 4) @@ [-7,4)
- x > -4 \text{ or } x \le 9 @@ (-\infty,-4] \cup (9,\infty)
- |x-5|<3 @@ (-2,8)
- x \ne 3 @@ x \neq \pm 3
- \text{all real numbers} @@ x \ne 7
- [0, \infty) @@ x > 0
#environments
+ \begin{bmatrix} 2 & -1 \\ 0 & 5 \end{bmatrix} @@ \begin{pmatrix} 2 & -1 \\ 0 & 5 \end{pmatrix}
+ \begin{pmatrix} \frac{1}{2} & 0 \\[6pt] 0 & \frac{1}{3} \end{pmatrix} @@ \begin{pmatrix} 1/2 & 0 \\ 0 & 1/3 \end{pmatrix}
+ M = \begin{pmatrix} 2 & -1 \\ 0 & 5 \\ \end{pmatrix} @@ \begin{pmatrix} 2 & -1 \\ 0 & 5 \end{pmatrix}
+ \left[\begin{array}{rr} 2 & -1 \\ 0 & 5 \end{array}\right] @@ \begin{pmatrix} 2 & -1 \\ 0 & 5 \end{pmatrix}
+ [[2,-1],[0,5]] @@ \begin{pmatrix} 2 & -1 \\ 0 & 5 \end{pmatrix}
+ \begin{cases} a = 4 \\ b = -2 \end{cases} @@ a=4, b=-2
+ \begin{aligned} a &= 4, \\ b &= -2 \end{aligned} @@ (a,b) = (4,-2)
+ \left\{ \begin{array}{l} a = 4 \\ b = -2 \end{array} \right. @@ a = 4 \text{ and } b = -2
+ \begin{cases} x+1 & \text{if } x \geq 2 \\ 3 & \text{if } x < 2 \end{cases} @@ \begin{cases} 3 & x<2 \\ x+1 & x \ge 2\end{cases}
+ g(x) = \begin{cases} x+1, & x \ge 2, \\ 3, & x<2. \end{cases} @@ \begin{cases} x+1 & x\ge2 \\ 3 & x<2\end{cases}
+ \begin{cases} x & x \geq 0 \\ -x & x < 0 \end{cases} @@ |x|
+ \begin{pmatrix} 7 \\ -1 \\ 3 \end{pmatrix} @@ \begin{bmatrix} 7 \\ -1 \\ 3 \end{bmatrix}
+ \begin{bmatrix} 7 & -1 & 3 \end{bmatrix}^T @@ \begin{pmatrix} 7 \\ -1 \\ 3 \end{pmatrix}
+ (7,-1,3)^T @@ \begin{pmatrix} 7 \\ -1 \\ 3 \end{pmatrix}
+ \begin{vmatrix} 4 & 1 \\ 2 & 3 \end{vmatrix} = 10 @@ 10
+ \frac{1}{3}\begin{pmatrix} 3 & 6 \\ 9 & 0\end{pmatrix} @@ \begin{pmatrix} 1 & 2 \\ 3 & 0 \end{pmatrix}
+ \begin{gathered} 27 \end{gathered} @@ 27
+ \begin{array}{c} 27 \end{array} @@ 27
+ \begin{split} x &= 27 \end{split} @@ 27
#environments
- \begin{pmatrix} 2 & 0 \\ -1 & 5 \end{pmatrix} @@ \begin{pmatrix} 2 & -1 \\ 0 & 5 \end{pmatrix}
- \begin{cases} a = -2 \\ b = 4 \end{cases} @@ a=4, b=-2
- \begin{cases} x+1 & x < 2 \\ 3 & x \ge 2 \end{cases} @@ \begin{cases} 3 & x<2 \\ x+1 & x \ge 2\end{cases}
- \begin{vmatrix} 2 & -1 \\ 0 & 5 \end{vmatrix} @@ \begin{pmatrix} 2 & -1 \\ 0 & 5 \end{pmatrix}
#vectors
+ 4\hat{i} - \hat{j} + 6\hat{k} @@ \langle 4,-1,6\rangle
+ 4\mathbf{i} - \mathbf{j} + 6\mathbf{k} @@ 4\hat{\imath} - \hat{\jmath} + 6\hat{k}
+ 4\vec{i} - \vec{j} + 6\vec{k} @@ (4,-1,6)
+ \langle 4, -1, 6 \rangle @@ \begin{pmatrix} 4 \\ -1 \\ 6 \end{pmatrix}
+ \vec{v} = \langle 4, -1, 6\rangle @@ \langle 4,-1,6\rangle
+ \overrightarrow{AB} = (4,-1,6) @@ (4,-1,6)
+ 3\vec{u} + 2\vec{w} @@ 3\mathbf{u} + 2\mathbf{w}
+ \left\langle 4, -1, 6 \right\rangle @@ 4\mathbf{i} - \mathbf{j} + 6\mathbf{k}
#vectors
- 4\hat{i} + \hat{j} + 6\hat{k} @@ \langle 4,-1,6\rangle
- -\hat{i} + 4\hat{j} + 6\hat{k} @@ 4\hat{i} - \hat{j} + 6\hat{k}
- 2\vec{u} + 3\vec{w} @@ 3\mathbf{u} + 2\mathbf{w}
- \langle 4,-1\rangle @@ \langle 4,-1,6\rangle
- \langle -4,1,-6\rangle @@ \langle 4,-1,6\rangle
- \langle 6,-1,4\rangle @@ \langle 4,-1,6\rangle
- \mathbf{v} = \langle -1, 4, 6 \rangle @@ \langle 4,-1,6\rangle
- \{4,-1,6\} @@ \langle 4,-1,6\rangle
- [4,6,-1] @@ \langle 4,-1,6\rangle
#units
+ 36 \text{ inches} @@ 3 \text{ feet}
+ 1.5 \text{ L} @@ 1500 \text{ mL}
+ 48 \pi \text{ cm}^3 @@ 48\pi
+ 18 \ \mathrm{m/s} @@ 18 \text{ m s}^{-1}
+ 72 \text{ km/h} @@ 20 \text{ m/s}
+ 2.4 \text{ hours} @@ 144 \text{ minutes}
+ \$12.50 @@ 1250 \text{ cents}
+ 75 \text{ sq. ft.} @@ 75 \text{ square feet}
+ 5 \text{ hours and } 30 \text{ minutes} @@ 5.5 \text{ hours}
+ 110 \text{ mph} @@ 110
+ 6:05 \text{ P.M.} @@ 6{:}05 \text{ pm}
+ 64 \text{ units}^2 @@ 64
+ 0.25 \text{ m}^2 @@ 2500 \text{ cm}^2
+ 150 \text{ grams} @@ 150 \text{ g}
+ 14 \text{ students} @@ 14
#units
- 36 \text{ feet} @@ 36 \text{ inches}
- 150 \text{ mg} @@ 150 \text{ g}
- 20 \text{ km/h} @@ 20 \text{ m/s}
- 75 \text{ feet} @@ 75 \text{ square feet}
- 75 \text{ cubic feet} @@ 75 \text{ square feet}
- 48 \pi \text{ cm} @@ 48\pi \text{ cm}^3
- 1500 \text{ L} @@ 1500 \text{ mL}
- 144 \text{ seconds} @@ 144 \text{ minutes}
- 3 \text{ years} @@ 3 \text{ months}
- 6{:}05 \text{ a.m.} @@ 6{:}05 \text{ p.m.}
- 12 \text{ noon} @@ 12 \text{ midnight}
- 15 \text{ euros} @@ 15 \text{ dollars}
- \pounds 15 @@ \$15
- 15 \text{ pence} @@ \pounds 15
- 15\% @@ 15^\circ
- 60 \text{ W} @@ 60 \text{ J}
- 9 \text{ N} @@ 9 \text{ kg}
- 4 \text{ V} @@ 4 \text{ A}
- 8 \text{ seconds squared} @@ 8 \text{ seconds}
- 8 \text{ m}^{-1} @@ 8 \text{ m}
- 2 \text{ pounds} @@ 2 \text{ ounces}
- 2 \text{ quarts} @@ 2 \text{ gallons}
- 5 \text{ tens} @@ 5 \text{ ones}
- 11 \text{ cats} @@ 11 \text{ dogs}
- 21 \text{ blue marbles} @@ 21 \text{ green marbles}
- 30 \text{ miles per gallon} @@ 30 \text{ miles}
- 30 \text{ miles} @@ 30 \text{ kilometers}
- 4 \text{ km}^2 @@ 4 \text{ m}^2
- 0.5 \text{ hours} @@ 0.5 \text{ days}
- 100 \text{ kelvin} @@ 100^\circ \text{F}
#numbers
+ 62.5\% @@ \frac58
+ \frac{5}{8} @@ 62.5\%
+ 1,048,576 @@ 2^{20}
+ 3\,\tfrac{5}{8} @@ \frac{29}{8}
+ 3 \text{ and } 5/8 @@ \frac{29}{8}
+ 3\frac{5}{8} @@ 3.625
+ 0.\overline{142857} @@ \frac{1}{7}
+ 0.1\overline{6} @@ \frac16
+ 0.1666\ldots @@ \frac16
+ 0.1(6) @@ \frac{1}{6}
+ 1.23 \times 10^{-4} @@ 0.000123
+ 1.23e-4 @@ 0.000123
+ 48^\circ 36' @@ 48.6^\circ
+ 48^{\circ} 36^{\prime} @@ 48.6^\circ
+ {9 \choose 4} @@ 126
+ {}^9C_4 @@ 126
+ ^9P_2 @@ 72
+ 8! / 5! @@ 336
+ \cos 60^\circ @@ 0.5
+ 2\cos\frac{\pi}{6} @@ \sqrt{3}
+ \nicefrac{7}{9} @@ \frac79
+ \sfrac{7}{9} @@ \frac79
+ 7\div 9 @@ \frac{7}{9}
+ \frac{-7}{9} @@ -\frac{7}{9}
+ {7 \over 9} @@ \frac79
+ 1011_{\text{two}} @@ 1011_2
+ \text{2B}_{16} @@ 2B_{16}
+ \log_2 8 @@ 3
+ \text{seventeen} @@ 17
+ \text{forty-two} @@ 42
+ \text{(C)} @@ C
+ \textbf{(E)}~9 @@ E
+ \text{B, D} @@ B, D
+ \text{A and D} @@ \text{A, D}
+ e^{i\pi/3} @@ \frac12 + \frac{\sqrt3}{2}i
+ \sqrt[3]{54} @@ 3\sqrt[3]{2}
#numbers
- 0.625\% @@ \frac58
- 3 \cdot \frac{5}{8} @@ 3\frac{5}{8}
- 0.16 @@ \frac16
- 48.36^\circ @@ 48^\circ 36'
- 1.23 \times 10^{4} @@ 0.000123
- 1011_3 @@ 1011_2
- \textbf{(B)}\ 9 @@ E
- \frac{9}{7} @@ \nicefrac{7}{9}
#money
+ 45 € @@ 45
+ \text{€}45 @@ 45
+ ₹ 750 @@ 750
+ \$2,400.00 @@ 2400
+ \$ 2400 @@ 2400
+ 2400 \text{ USD} @@ 2400
+ \text{USD } 2400 @@ 2400
+ 2400\text{ 円} @@ 2400
+ 36 \text{ 人} @@ 36
+ 36 人 @@ 36
+ 36\text{ человек} @@ 36
+ 7 \text{ días} @@ 7
+ 7 \text{ Stück} @@ 7
+ 5 \text{ часов} @@ 5
+ 60\text{ Ω} @@ 60
+ 60 \Omega @@ 60
+ 4.7 \text{ μm} @@ 4.7
+ 18 cm² @@ 18
+ 18\text{ 平方厘米} @@ 18
+ 25 ℃ @@ 25
+ \text{A}\$ 30 @@ 30
+ \text{Rs } 750 @@ 750
+ 750 \text{ rupees} @@ 750
+ 30 \text{ złotych} @@ 30
#money
- 2400 \text{ 万} @@ 2400
- €45 \text{ million} @@ 45
- \text{нет} @@ \text{да}
- 45 \text{ тысяч} @@ 45
#text
+ Wednesday @@ \text{Wednesday}
+ \textbf{Wednesday} @@ \text{Wednesday}
+ \mathrm{Wednesday} @@ Wednesday
+ \text{wednesday.} @@ \text{Wednesday}
+ \text{The parabola} @@ \text{parabola}
+ \text{a hyperbola} @@ \text{Hyperbola}
+ \text{Eve and Frank} @@ \text{Frank and Eve}
+ \text{Eve, Frank} @@ \text{Frank and Eve}
+ \text{no real solutions} @@ \text{No real solution}
+ \text{the function is increasing} @@ \text{increasing}
+ \text{Even} @@ \text{even}
+ \text{Yes, it converges} @@ \text{Yes}
+ \text{an equilateral triangle} @@ \text{equilateral}
#text
- \text{Thursday} @@ \text{Wednesday}
- \text{not increasing} @@ \text{increasing}
- \text{Eve} @@ \text{Eve and Frank}
- \text{neither even nor odd} @@ \text{even}
- \text{Team Blue} @@ \text{Team Red}
- \text{scalene} @@ \text{isosceles}
#wrappers
+ \approx 31 @@ 31
+ \therefore 31 @@ 31
+ \Rightarrow x = 31 @@ 31
+ {31} @@ 31
+ \bf 31 @@ 31
+ \bm{31} @@ 31
+ \boldsymbol{31} @@ 31
+ \mathbf{31} @@ 31
+ \displaystyle 31 @@ 31
+ \displaystyle \frac{31}{2} @@ \frac{31}{2}
+ \phantom{0}31 @@ 31
+ \quad 31 \quad @@ 31
+ \textcolor{blue}{31} @@ 31
+ \color{red}{31} @@ 31
+ \colorbox{yellow}{31} @@ 31
+ \fbox{31} @@ 31
+ \underline{31} @@ 31
+ \text{Answer: } 31 @@ 31
+ \text{Final answer: }31 @@ 31
+ \textbf{Answer:}\ 31 @@ 31
+ **31** @@ 31
+ `31` @@ 31
+ 31. @@ 31
+ 31\; @@ 31
+ \overset{!}{=} 31 @@ 31
+ 31 \checkmark @@ 31
+ 31 \qquad \blacksquare @@ 31
+ f(3) = 31 @@ 31
+ \det(A) = 31 @@ 31
+ P(A \cup B) = \frac{31}{40} @@ \frac{31}{40}
+ AB = 31 @@ 31
+ \angle ABC = 31^\circ @@ 31
+ [ABC] = 31 @@ 31
+ x_1 + x_2 = 31 @@ 31
+ m + n = 12 + 19 = 31 @@ 31
+ \max = 31 @@ 31
+ \text{max value} = 31 @@ 31
+ \text{Area} = 31 @@ 31
+ \$31\$ @@ 31
+ \(31\) @@ 31
+ 31\,\text{(approximately)} @@ 31
+ \boxed{31} @@ 31
+ \int_0^1 f(x)\,dx = 31 @@ 31
+ \sum_{k=1}^{8} k - 5 = 31 @@ 31
+ \mathrm{lcm}(1,31) = 31 @@ 31
+ \lfloor 31.4 \rfloor = 31 @@ 31
+ \cancelto{31}{62/2} @@ 31
#wrappers
- 2x = 62 @@ 62
- x + 1 = 31 @@ 31
- \neq 31 @@ 31
- \xcancel{31} @@ 31
- \overline{31} \ne 31 @@ 31
- 31 = 32 @@ 31
- \approx 31.4 @@ 31
- 31 \rightarrow 32 @@ 31
- -31 @@ 31
#invisible
+ ​84 @@ 84
+ 8​4 @@ 84
+ 84﻿ @@ 84
+ ⁠84⁠ @@ 84
+ 84  @@ 84
+ 84 \text{cm} @@ 84
+ ‎84 @@ 84
+ −84 @@ -84
+ –84 @@ -84
+ ８４ @@ 84
+ 84­ @@ 84
+ x⁢=⁢84 @@ 84
+ √7 @@ \sqrt{7}
+ π/4 @@ \frac{\pi}{4}
+ 3×10⁴ @@ 30000
+ x² + 1 @@ x^2+1
+ 5 ⋅ 3 @@ 15
+ 84 @@ 84​
+ \text{Rome​} @@ \text{Rome}
#ratios
+ 5:7 @@ 5 \text{ to } 7
+ 10:14 @@ 5:7
+ \frac57 @@ 5:7
+ 5 : 7 @@ 5:7
+ 5/7 @@ 5:7
+ 15:21:27 @@ 5:7:9
+ a:b:c = 5:7:9 @@ 5:7:9
+ 5 \text{ to } 7 \text{ to } 9 @@ 5:7:9
+ \text{The ratio is } 5:7 @@ 5:7
+ 1 : \sqrt{2} @@ \sqrt2 : 2
+ \text{boys}:\text{girls} = 5:7 @@ 5:7
+ 2.5:3.5 @@ 5:7
#ratios
- 7:5 @@ 5:7
- \frac75 @@ 5:7
- 5:9:7 @@ 5:7:9
- 5:12 @@ 5:7
- 25:49 @@ 5:7
#empty
+ ∅ @@ \emptyset
+ \text{empty set} @@ \emptyset
+ \text{The empty set} @@ \varnothing
+ x \in \emptyset @@ \emptyset
+ \text{no solution} @@ \emptyset
+ \text{undefined} @@ \text{Undefined}
+ \text{None} @@ \text{none}
#empty
- \{\varnothing\} @@ \varnothing
- \infty @@ \text{DNE}
- -\infty @@ +\infty
#coordinates
+ C(8,-3) @@ (8,-3)
+ C = (8,-3) @@ (8,-3)
+ C: (8, -3) @@ (8,-3)
+ x = 8, y = -3 @@ (8,-3)
+ y = -3, x = 8 @@ (8,-3)
+ x = 8 \text{ and } y = -3 @@ (8,-3)
+ (x,y) = (8,-3) @@ (8,-3)
+ \text{the point } (8, -3) @@ (8,-3)
+ (8;-3) @@ (8,-3)
+ \left(8, -3\right) @@ (8,-3)
+ p = 1, q = 6, r = 0 @@ (1,6,0)
+ (p,q,r) = (1,6,0) @@ p=1, q=6, r=0
+ (0,2) \text{ and } (5,7) @@ (5,7),(0,2)
+ \{(0,2),(5,7)\} @@ (0,2),(5,7)
+ C\left(8,-3\right), D\left(0,1\right) @@ C(8,-3), D(0,1)
+ \text{Vertex: } (8,-3) @@ (8,-3)
#coordinates
- x = -3, y = 8 @@ (8,-3)
- (y,x) = (8,-3) @@ (8,-3)
- C(-3,8) @@ (8,-3)
- (0,5),(2,7) @@ (0,2),(5,7)
- D(8,-3), C(0,1) @@ C(8,-3), D(0,1)
#before
- \text{at least } 26 @@ 26
- \text{at most } 26 @@ 26
- \text{is at least } 26 @@ 26
- \text{over } 26 @@ 26
- \text{up to } 26 @@ 26
- \text{a third of } 26 @@ 26
- \text{the square root of } 26 @@ 26
- \text{the cube root of } 26 @@ 26
- \text{the logarithm of } 26 @@ 26
- \text{the negation of } 26 @@ 26
- \text{the inverse of } 26 @@ 26
- \text{the successor of } 26 @@ 26
- \text{ten more than } 26 @@ 26
- \text{not equal to } 26 @@ 26
- \text{anything but } 26 @@ 26
- \text{no fewer than } 26 @@ 26
- \text{approaching } 26 @@ 26
- \text{the digits of } 26 @@ 26
- \text{the sum of the digits of } 26 @@ 26
- \text{coprime to } 26 @@ 26
- \text{divisible by } 26 @@ 26
- \text{nearly } 26 @@ 26
- \text{some number above } 26 @@ 26
- \text{the factorial of } 26 @@ 26
- \text{it isn't } 26 @@ 26
- \text{anything from } 1 \text{ to } 26 @@ 26
- \text{between } 25 \text{ and } 26 @@ 26
#before
+ \text{exactly } 26 @@ 26
+ \text{The answer is } 26 @@ 26
+ \text{a total of } 26 @@ 26
#double
+ 0.2857142857142857 @@ \frac27
+ 2.8284271247461903 @@ 2\sqrt2
+ 1.1666666666666667 @@ \frac76
+ -0.3333333333333333 @@ -\frac13
+ 0.30000000000000004 @@ \frac{3}{10}
+ 5.656854249492381 @@ 4\sqrt{2}
+ 0.5403023058681398 @@ \cos 1
+ 7.000000000000001 @@ 7
#double
- 2.8284281247461903 @@ 2\sqrt2
- 0.2857143857142857 @@ \frac27
- 6.28 @@ 2\pi
- 1.618034988749895 @@ \frac{1+\sqrt5}{2}
#after
- 9 \text{ dozen} @@ 9
- 9 \text{ score} @@ 9
- 9 \text{ hundred} @@ 9
- 9 \text{ billion} @@ 9
- 9 \text{ fifths} @@ 9
- 9 \text{ sixths} @@ 9
- 9 \text{ thousandths} @@ 9
- 9 \text{ squared} @@ 9
- 9 \text{ cubed} @@ 9
- 9 \text{ factorial} @@ 9
- 9 \text{ choose } 2 @@ 9
- 9 \text{ to the third power} @@ 9
- 9 \text{ or fewer} @@ 9
- 9 \text{ or more} @@ 9
- 9 \text{ plus or minus } 1 @@ 9
- 9 \text{ times } 2 @@ 9
- 9 \text{ times} @@ 3
- 9 \text{ times as many} @@ 3
- 9 \text{ less than } n @@ 9
- 9 \text{ more than } n @@ 9
- 9 \text{ per } n @@ 9
- 9 \text{ n} @@ 9
- 9 \text{ i} @@ 9
- 9 \text{ M} @@ 9000000000
- 9K @@ 9
- 9 \text{ mod } 5 @@ 9
- 9 \text{ doubled} @@ 9
- 9 \text{ in base } 11 @@ 10
- 9 \text{ is incorrect} @@ 9
- 9 \text{ not} @@ 9
- 9 \text{ half} @@ 9
#after
+ 9 \text{ dozen} @@ 108
+ 9 \text{ hundredths} @@ 0.09
+ 9 \text{ squared} @@ 81
+ 9 \text{ million} @@ 9{,}000{,}000
+ 9 \text{ ways} @@ 9
+ 9 \text{ possible values} @@ 9
+ 9 \text{ distinct triples} @@ 9
+ 9 \text{ more apples} @@ 9
#families
+ x = \frac{\pi}{6} + 2k\pi, k \in \mathbb{Z} @@ \frac{\pi}{6} + 2\pi n, n \in \mathbb{Z}
+ x = \frac{\pi}{6} + 2n\pi, \text{ where } n \text{ is any integer} @@ x = \frac{\pi}{6} + 2\pi k, k\in\mathbb{Z}
+ \left\{\frac{\pi}{6} + 2\pi k : k \in \mathbb{Z}\right\} @@ x = \frac{\pi}{6} + 2\pi n, n \in \mathbb Z
+ x = n\pi \ (n \in \mathbb{Z}) @@ k\pi, k \in \mathbb{Z}
+ n \equiv 5 \pmod{12} @@ n = 12k + 5, k \in \mathbb{Z}
+ n \equiv 17 \pmod{12} @@ n \equiv 5 \pmod{12}
+ 5 \bmod 12 @@ 5 \pmod{12}
+ 12m + 5 \text{ for integer } m @@ n=12k+5, k\in\mathbb{Z}
+ x \equiv 2 \text{ or } 3 \pmod 5 @@ x \equiv 2, 3 \pmod 5
+ x = 12t - 7, t \in \mathbb{Z} @@ x \equiv 5 \pmod{12}
#families
- x = \frac{\pi}{6} + k\pi, k \in \mathbb{Z} @@ \frac{\pi}{6} + 2\pi n, n \in \mathbb{Z}
- n \equiv 5 \pmod{13} @@ n \equiv 5 \pmod{12}
- n \equiv 7 \pmod{12} @@ n = 12k + 5, k \in \mathbb{Z}
- n = 5 @@ n \equiv 5 \pmod{12}
- x = \frac{\pi}{6} + 2k\pi, k \in \mathbb{N} @@ \frac{\pi}{6} + 2\pi n, n \in \mathbb{Z}
#range
+ \left(-\infty,\ \tfrac{2}{3}\right] @@ x \le \frac23
+ x\leq\tfrac23 @@ (-\infty, \frac{2}{3}]
+ \{ t : t < -1 \text{ or } t > 1 \} @@ |t|>1
+ t < -1 \lor t > 1 @@ (-\infty,-1)\cup(1,\infty)
+ \mathbb{R}\setminus [-1,1] @@ (-\infty,-1)\cup(1,\infty)
+ |t| > 1 @@ t \in (-\infty,-1)\cup(1,\infty)
+ \text{all real numbers } x \text{ with } x \neq -5 @@ \mathbb{R} \setminus \{-5\}
+ (-\infty, -5) \cup (-5, +\infty) @@ x \neq -5
+ \text{Domain: } x \geq -5 @@ [-5,\infty)
+ \text{Range: } [0, 9] @@ [0,9]
+ \text{the interval } (2, 11) @@ (2,11)
+ \text{Interval } [2, 11] @@ [2,11]
+ 2<x\text{ and }x<11 @@ (2,11)
+ x \in (2, 11) @@ 2<x<11
+ 11 > x > 2 @@ (2,11)
+ \text{all numbers greater than } 2 \text{ and less than } 11 @@ (2,11)
+ \text{numbers between 2 and 11, exclusive} @@ (2,11)
+ x \text{ is greater than } 2 @@ x > 2
+ x>2 \text{ or } x=0 @@ \{0\}\cup(2,\infty)
+ \left\{x\in\mathbb R: x\ge 0, x\ne 4\right\} @@ [0,4)\cup(4,\infty)
+ [0,4) \cup (4,\infty) @@ x \ge 0 \text{ and } x \neq 4
+ a \in (-3, 0) \cup (0, 3) @@ -3<a<3, a \ne 0
+ -3 < a < 3 \text{ and } a \neq 0 @@ (-3,0)\cup(0,3)
+ \text{no solution exists} @@ \emptyset
+ \{1,2,\ldots,6\} @@ \{1,2,3,4,5,6\}
+ \{n \in \mathbb{Z} : 1 \le n \le 6\} @@ \{1,2,3,4,5,6\}
+ x=4\text{ or }x=-4 @@ \pm 4
+ \pm 4 @@ \{-4,4\}
+ 4,-4 @@ x=\pm4
+ \{4,\,-4\} @@ -4, 4
+ k>\frac{25}{12} @@ \left(\frac{25}{12},+\infty\right)
+ k > 2 + \frac{1}{12} @@ k > \frac{25}{12}
+ \left[\tfrac{\pi}{6}, \tfrac{5\pi}{6}\right] @@ [\pi/6,5\pi/6]
#range
- x < \frac23 @@ x \le \frac23
- (2,11] @@ (2,11)
- |t|<1 @@ |t|>1
- x > 11 \text{ or } x < 2 @@ (2,11)
- \mathbb{R} @@ [0,\infty)
- k<\frac{25}{12} @@ k > \frac{25}{12}
- \{1,2,3,4,5\} @@ \{1,2,3,4,5,6\}
#environments
+ \left(\begin{matrix} 0 & 1 \\ -1 & 0 \end{matrix}\right) @@ \begin{pmatrix}0&1\\-1&0\end{pmatrix}
+ \mathbf{A}^{-1} = \begin{bmatrix} 0 & 1 \\ -1 & 0 \end{bmatrix} @@ \begin{pmatrix}0&1\\-1&0\end{pmatrix}
+ \begin{Bmatrix} 1 \\ 2 \end{Bmatrix} @@ \begin{pmatrix} 1 \\ 2 \end{pmatrix}
+ \begin{bmatrix} 0.5 & -0.5 \\ 1 & 2 \end{bmatrix} @@ \begin{pmatrix} \frac12 & -\frac12 \\ 1 & 2\end{pmatrix}
+ \frac{1}{2}\begin{bmatrix} 1 & -1 \\ 2 & 4 \end{bmatrix} @@ \begin{pmatrix} \frac12 & -\frac12 \\ 1 & 2\end{pmatrix}
+ \begin{align} p &= 9 \\ q &= 10 \end{align} @@ p=9, q=10
+ \begin{array}{l} p = 9 \\ q = 10 \end{array} @@ (p,q)=(9,10)
+ p = 9 \\ q = 10 @@ p=9, q=10
+ \begin{cases} 2x, & x\le 1 \\ 3-x, & x>1 \end{cases} @@ \begin{cases} 2x & \text{if } x \le 1 \\ 3-x & \text{otherwise}\end{cases}
+ h(x)=\begin{cases}2x&\text{for }x\leq1\\3-x&\text{for }x>1\end{cases} @@ \begin{cases} 2x & x \le 1 \\ 3-x & x>1\end{cases}
+ \det = \begin{vmatrix} 1 & 2 \\ 3 & 4 \end{vmatrix} = -2 @@ -2
+ \begin{aligned} &27 \end{aligned} @@ 27
+ \begin{aligned} x+y &= 20+7 \\ &= 27 \end{aligned} @@ 27
+ \begin{center} 27 \end{center} @@ 27
#environments
- \begin{pmatrix}0&-1\\1&0\end{pmatrix} @@ \begin{pmatrix}0&1\\-1&0\end{pmatrix}
- p=10 \\ q=9 @@ p=9, q=10
- \begin{pmatrix} 0 & 1 & -1 & 0\end{pmatrix} @@ \begin{pmatrix}0&1\\-1&0\end{pmatrix}
- \begin{cases} 3-x, & x\le 1 \\ 2x, & x>1 \end{cases} @@ \begin{cases} 2x & x \le 1 \\ 3-x & x>1\end{cases}
#vectors
+ (3, -7) @@ \langle 3,-7 \rangle
+ 3\mathbf{\hat{i}} - 7\mathbf{\hat{j}} @@ 3\mathbf{i}-7\mathbf{j}
+ 3\hat{\mathbf{i}} - 7\hat{\mathbf{j}} @@ \langle 3,-7\rangle
+ 3\hat{\imath}-7\hat{\jmath} @@ 3\hat i - 7 \hat j
+ \vec{AB} = \begin{pmatrix} 3 \\ -7 \end{pmatrix} @@ \begin{pmatrix} 3 \\ -7 \end{pmatrix}
+ \mathbf{F} = 3\mathbf{i} - 7\mathbf{j} @@ 3\vec{i}-7\vec{j}
+ \begin{bmatrix} 3 & -7 \end{bmatrix} @@ \langle 3, -7\rangle
+ -7\hat{j} + 3\hat{i} @@ 3\hat{i}-7\hat{j}
#vectors
- \langle -7, 3\rangle @@ \langle 3,-7\rangle
- -7\hat{i} + 3\hat{j} @@ 3\hat{i}-7\hat{j}
- 3\hat{i} - 7\hat{k} @@ 3\hat{i}-7\hat{j}
- \langle 3, -7, 1\rangle @@ \langle 3,-7\rangle
- \langle 3, 7\rangle @@ \langle 3,-7\rangle
- \langle 3 \rangle @@ \langle 3,-7\rangle
#units
+ 250 \text{ cm} @@ 2.5 \text{ m}
+ 2500 \text{ mm} @@ 2.5 \text{ m}
+ 1.2 \text{ km} @@ 1200 \text{ meters}
+ 90 \text{ min} @@ 1.5 \text{ h}
+ 1 \text{ hour } 30 \text{ minutes} @@ 90 \text{ minutes}
+ 40 \text{ cm}^{2} @@ 40 \text{ square centimeters}
+ 3 \text{ kg m/s}^2 @@ 3 \text{ N}
+ 20\ \text{m\,s}^{-1} @@ 20 \text{ m/s}
+ 8{:}30 \text{ AM} @@ 8{:}30\text{ a.m.}
+ \$3.60 @@ 3.6 \text{ dollars}
+ 360 \text{ cents} @@ \$3.60
+ 17 \text{ boys} @@ 17
+ 180 \text{ degrees} @@ 180^\circ
+ 6\,000 \text{ mL} @@ 6 \text{ L}
+ \text{75 miles per hour} @@ 75
+ \text{75 mph} @@ 75 \text{ miles per hour}
+ 45\,^\circ\mathrm{C} @@ 45
+ 0.8 \text{ liters} @@ 800 \text{ ml}
#units
- 250 \text{ m} @@ 250 \text{ cm}
- 1.5 \text{ min} @@ 1.5 \text{ h}
- 40 \text{ cm} @@ 40 \text{ cm}^2
- 40 \text{ m}^2 @@ 40 \text{ cm}^2
- 20 \text{ m/s}^2 @@ 20 \text{ m/s}
- 20 \text{ mph} @@ 20 \text{ m/s}
- 360 \text{ dollars} @@ 360 \text{ cents}
- 17 \text{ boys} @@ 17 \text{ girls}
- 24 \text{ cups} @@ 24 \text{ pints}
- 6 \text{ mL} @@ 6 \text{ L}
- 8{:}30 \text{ PM} @@ 8{:}30\text{ a.m.}
- 45^\circ \text{F} @@ 45^\circ\text{C}
- 180 \text{ radians} @@ 180^\circ
- 5 \text{ tonnes} @@ 5 \text{ kg}
- 5 \text{ years} @@ 5 \text{ days}
- 10 \text{ hectares} @@ 10 \text{ acres}
- 12 \text{ volts} @@ 12 \text{ amps}
- 12 \text{ Hz} @@ 12 \text{ s}
- 7 \text{ euros} @@ 7 \text{ pounds}
- 7 \text{ tables} @@ 7 \text{ chairs}
- 25\% @@ \$25
- 3 \text{ yards} @@ 3 \text{ feet}
- 30 \text{ mi} @@ 30 \text{ km}
- 9 \text{ square yards} @@ 9 \text{ square feet}
- 40 \text{ kJ} @@ 40 \text{ J}
- 2.5 \text{ m}^3 @@ 2.5 \text{ m}
- 800 \text{ liters} @@ 800 \text{ ml}
- 100 \text{ milligrams} @@ 100 \text{ grams}
#numbers
+ \tfrac{9}{16} @@ 0.5625
+ 56.25\% @@ \frac{9}{16}
+ 9/16 @@ \frac{9}{16}
+ \frac{18}{32} @@ \frac{9}{16}
+ -\frac{3}{8} @@ -0.375
+ -3/8 @@ \frac{-3}{8}
+ \frac{3}{-8} @@ -\frac38
+ 6.25\times10^{-2} @@ 0.0625
+ 6.25 \cdot 10^{-2} @@ \frac{1}{16}
+ 10^{-3} @@ 0.001
+ 2{,}500{,}000 @@ 2.5 \times 10^6
+ 2 500 000 @@ 2500000
+ 2.5 \text{ million} @@ 2500000
+ 1\frac{3}{4} @@ \frac{7}{4}
+ 1 \frac{3}{4} @@ 1.75
+ 1\;3/4 @@ \frac74
+ 0.\overline{81} @@ \frac{9}{11}
+ 0.818181... @@ \frac{9}{11}
+ .25 @@ \frac14
+ 0{,}25 @@ 0.25
+ +12 @@ 12
+ 12.0 @@ 12
+ 12.00 @@ 12
+ \sqrt{75} @@ 5\sqrt{3}
+ 5\sqrt 3 @@ 5\sqrt{3}
+ 5 \cdot \sqrt{3} @@ 5\sqrt{3}
+ 3^{1/2} @@ \sqrt{3}
+ \frac{1}{\sqrt{3}} @@ \frac{\sqrt{3}}{3}
+ \frac{\pi}{2} - 1 @@ \frac{\pi - 2}{2}
+ \log_{10} 1000 @@ 3
+ \ln e^5 @@ 5
+ 7!/(3!4!) @@ 35
+ C(7,3) @@ 35
+ {7\choose 3} @@ 35
+ \dbinom{7}{3} @@ 35
+ 2^{10} @@ 1024
+ \text{twelve} @@ 12
+ \text{(B)} \ 35 @@ \text{B}
+ B @@ \text{(B)}
+ \text{B. } 35 @@ B
+ 101_2 @@ 101_{2}
+ \frac{\sqrt{6}+\sqrt{2}}{4} @@ \cos 15^\circ
+ 3+4i @@ 4i+3
+ \frac{a+b}{2} @@ \frac12(a+b)
+ (x-2)(x+3) @@ x^2+x-6
#numbers
- \frac{9}{61} @@ \frac{9}{16}
- 5.625\% @@ \frac{9}{16}
- 6.25 \times 10^{2} @@ 0.0625
- 0.81 @@ \frac{9}{11}
- 2500 @@ 2.5 \text{ million}
- -\frac38 @@ \frac38
- 3\sqrt5 @@ 5\sqrt3
- \text{A} @@ \text{B}
- \text{(A) or (B)} @@ \text{B}
- 3-4i @@ 3+4i
- 101_3 @@ 101_2
#money
+ \$15 @@ 15
+ 15 \$ @@ 15
+ 15 dollars @@ 15
+ \text{15 dollars} @@ \$15
+ \$15.00 @@ 15
+ \$1{,}500 @@ 1500
+ \$1.5\text{k} @@ 1500
+ €15,50 @@ 15.5
+ 15,50 € @@ 15.50
+ £15 @@ £15
+ 15 \text{ pesos} @@ 15
+ ₦1500 @@ 1500
+ CHF 15 @@ 15
+ 15 \text{ 美元} @@ 15
+ 15 \text{ 天} @@ 15
+ 15 \text{ 岁} @@ 15
+ 15 \text{ лет} @@ 15
+ 15 \text{ минут} @@ 15
+ 15 \text{ яблок} @@ 15
+ 15 \text{ heures} @@ 15
+ 15 \text{ années} @@ 15
+ 15 \text{ Mädchen} @@ 15
+ 15 \text{ 分钟} @@ 15
+ 15 \text{ 명} @@ 15
+ 15 \text{ kişi} @@ 15
+ 15 \text{ दिन} @@ 15
+ 15 \text{ يوم} @@ 15
+ 15 \text{ km²} @@ 15
+ 15\,\mathrm{m}^{3} @@ 15
#money
- \$15 \text{ billion} @@ 15
- 15 \text{ cientos} @@ 15
- 15 \text{ 千} @@ 15
- 15 \text{ дюжин} @@ 15
- 15 \text{ миллиардов} @@ 15
- £15 @@ €15
#text
+ \text{Friday} @@ Friday
+ friday @@ \text{Friday}
+ \textit{Friday} @@ \text{Friday}
+ \text{On Friday} @@ \text{Friday}
+ \text{It is a square} @@ \text{square}
+ \text{A rhombus} @@ \text{rhombus}
+ \text{Zoe and Max} @@ \text{Max and Zoe}
+ \text{Max \& Zoe} @@ \text{Max and Zoe}
+ \{\text{Max}, \text{Zoe}\} @@ \text{Zoe, Max}
+ \text{converges} @@ \text{Converges}
+ \text{The series diverges} @@ \text{diverges}
+ \text{Yes} @@ yes
+ \text{Mr. Lee} @@ \text{Mr Lee}
+ \text{north-east} @@ \text{northeast}
#text
- \text{Saturday} @@ \text{Friday}
- \text{converges} @@ \text{diverges}
- \text{does not converge} @@ \text{converges}
- \text{Max} @@ \text{Max and Zoe}
- \text{Max or Zoe} @@ \text{Max}
- \text{Yes and no} @@ \text{yes}
- \text{not a square} @@ \text{square}
#wrappers
+ \therefore \quad 68 @@ 68
+ = 68 @@ 68
+ x = 68. @@ 68
+ \textbf{68} @@ 68
+ \mathbf{x = 68} @@ 68
+ \mathrm{68} @@ 68
+ \mathsf{68} @@ 68
+ \textsf{68} @@ 68
+ \texttt{68} @@ 68
+ \operatorname{68} @@ 68
+ \LARGE 68 @@ 68
+ {\color{blue} 68} @@ 68
+ \textcolor{red}{\textbf{68}} @@ 68
+ \displaystyle{68} @@ 68
+ \hspace{2em} 68 @@ 68
+ \left(68\right) @@ 68
+ \left[68\right] @@ 68
+ (68) @@ 68
+ 68 \,\,\text{.} @@ 68
+ \text{The final answer is } 68 @@ 68
+ \text{The answer is } \mathbf{68} @@ 68
+ \text{Answer} = 68 @@ 68
+ \text{Ans: } 68 @@ 68
+ \text{Total} = 68 @@ 68
+ \text{Number of ways} = 68 @@ 68
+ N = 68 @@ 68
+ n = 4 \cdot 17 = 68 @@ 68
+ 70 - 2 = 68 @@ 68
+ a_{10} = 68 @@ 68
+ S_{n} = 68 @@ 68
+ \angle A = 68^\circ @@ 68
+ \overline{AC} = 68 @@ 68
+ |AC| = 68 @@ 68
+ AC = 68 \text{ cm} @@ 68
+ \triangle ABC = 68 @@ 68
+ P(X=2) = \frac{3}{68} @@ \frac{3}{68}
+ E[X] = 68 @@ 68
+ \mathbb{E}[X] = 68 @@ 68
+ f'(2) = 68 @@ 68
+ \lim_{x \to 2} f(x) = 68 @@ 68
+ \frac{dy}{dx} = 2x @@ 2x
+ \int_{0}^{4} x^2 dx = \frac{64}{3} @@ \frac{64}{3}
+ 68 \quad \text{(final answer)} @@ 68
+ 68 \ \ \checkmark @@ 68
+ 68 \qquad\square @@ 68
+ 68 \% @@ 68\%
+ \underline{\underline{68}} @@ 68
+ \boxed{x=68} @@ 68
+ **68.** @@ 68
+ \( x = 68 \) @@ 68
+ $68$ @@ 68
+ 68 \tag*{} @@ 68
+ y = 3x - 2 @@ 3x-2
+ f(x) = 3x - 2 @@ 3x-2
#wrappers
- \approx 69 @@ 68
- 5x = 68 @@ 68
- x - 2 = 68 @@ 68
- x > 68 @@ 68
- 68 + C @@ 68
- 68 = 70 @@ 68
- 68 \text{ or } 70 @@ 68
- 68, 70 @@ 68
- 68! @@ 68
- 68^2 @@ 68
- \sqrt{68} @@ 68
- 68x @@ 68
- \frac{1}{68} @@ 68
- 68 \pm 1 @@ 68
#invisible
+ ​​91 @@ 91
+ 9⁠1 @@ 91
+ 91‍ @@ 91
+ ‏91‏ @@ 91
+ \text{Nina } @@ \text{Nina}
+ 91 \text{cm} @@ 91
+ −9.1 @@ -9.1
+ x​ = 91 @@ 91
+ 9１ @@ 91
+ 2π @@ 2\pi
+ √(91) @@ \sqrt{91}
+ 3² @@ 9
+ ¾ @@ \frac34
+ ∞ @@ \infty
+ x ≥ 9 @@ x \geq 9
+ 6×10³ @@ 6000
#invisible
- 9​1 @@ 9
- 91​ @@ 19
- −91 @@ 91
#ratios
+ 8:3 @@ 8 : 3
+ 8:3 @@ \frac{8}{3}
+ 16:6 @@ 8:3
+ \text{8 to 3} @@ 8:3
+ 8 \text{ to } 3 @@ 8:3
+ \frac{8}{3} @@ 8:3
+ 8/3 @@ 8:3
+ \text{ratio} = 8:3 @@ 8:3
+ x:y = 8:3 @@ 8:3
+ 1:3:5 @@ 2:6:10
+ \sqrt{2}:1 @@ 2:\sqrt2
+ 0.8:0.3 @@ 8:3
+ 8 \mathbin{:} 3 @@ 8:3
#ratios
- 3:8 @@ 8:3
- 8:11 @@ 8:3
- 3/8 @@ 8:3
- 1:5:3 @@ 1:3:5
- 64:9 @@ 8:3
#empty
+ \emptyset @@ \text{no solutions}
+ \text{No solution.} @@ \text{no solution}
+ \text{no real solutions} @@ \emptyset
+ \{\,\} @@ \emptyset
+ \text{There are no solutions} @@ \varnothing
+ \text{DNE} @@ \text{does not exist}
+ \text{does not exist} @@ \text{Does not exist.}
+ +\infty @@ \infty
+ \text{infinity} @@ \infty
+ \text{infinitely many} @@ \text{infinitely many solutions}
#empty
- \{ \{\} \} @@ \emptyset
- 0 @@ \text{does not exist}
- \text{a solution} @@ \text{no solution}
#coordinates
+ Q(-2, 9) @@ (-2,9)
+ Q = (-2, 9) @@ (-2,9)
+ \text{Center } (-2, 9) @@ (-2,9)
+ \text{Center: } (-2, 9), \text{ radius } 4 @@ (-2,9), 4
+ (h,k) = (-2, 9) @@ (-2,9)
+ x = -2, \quad y = 9 @@ (-2,9)
+ x = -2 \text{ and } y = 9 @@ (x,y) = (-2,9)
+ y=9,\ x=-2 @@ (-2,9)
+ \left( -2 , 9 \right) @@ (-2,9)
+ \text{at } (-2, 9) @@ (-2,9)
+ (-2, 9.0) @@ (-2,9)
+ (-4/2, 9) @@ (-2,9)
+ (1,0), (0,1) @@ (0,1), (1,0)
+ (1,0) \text{ or } (0,1) @@ (0,1), (1,0)
+ x=1,y=0 \text{ or } x=0,y=1 @@ (1,0),(0,1)
+ (r,\theta) = (3, \frac{\pi}{2}) @@ (3,\frac{\pi}{2})
#coordinates
- Q(9,-2) @@ (-2,9)
- x=9, y=-2 @@ (-2,9)
- (-2,9,0) @@ (-2,9)
- (2,-9) @@ (-2,9)
- (1,1),(0,0) @@ (0,1), (1,0)
#before
- \text{negative } 37 @@ 37
- \text{minus } 37 @@ 37
- \text{almost } 37 @@ 37
- \text{barely } 37 @@ 37
- \text{not quite } 37 @@ 37
- \text{less than } 37 @@ 37
- \text{close to } 37 @@ 1000
- \text{greater than } 37 @@ 37
- \text{no more than } 37 @@ 37
- \text{at minimum } 37 @@ 37
- \text{a multiple of } 37 @@ 37
- \text{the sqrt of } 37 @@ 37
- \text{half } 37 @@ 37
- \text{twice } 37 @@ 37
- \text{quadruple } 37 @@ 37
- \text{the square of } 37 @@ 37
- \text{the absolute value of } -37 @@ -37
- \text{the sum of } 30 \text{ and } 37 @@ 37
- \text{the difference of } 40 \text{ and } 37 @@ 37
- \text{five times } 37 @@ 37
- \text{one over } 37 @@ 37
- \text{the complement of } 37 @@ 37
- \text{powers of } 37 @@ 37
- \text{factors of } 37 @@ 37
- \text{every integer but } 37 @@ 37
- \text{anything except } 37 @@ 37
- \text{not } 37 @@ 37
- \text{never } 37 @@ 37
- \text{is not } 37 @@ 37
- \text{ceiling of } 37.5 @@ 37.5
- \text{the floor of } 37.5 @@ 37.5
- \text{mod } 37 @@ 37
- \text{base } 37 @@ 37
- \text{x plus } 37 @@ 37
- \text{approximately half of } 37 @@ 37
- \text{beyond } 37 @@ 37
- \text{minimum } 38 @@ 37
#before
+ \text{exactly } 37 @@ 37
+ \text{The value is } 37 @@ 37
+ \text{So the answer is } 37 @@ 37
+ \text{the number } 37 @@ 37
#double
+ 1.7320508075688772 @@ \sqrt 3
+ 9.42477796076938 @@ 3\pi
+ 0.3333333333333333 @@ 1/3
+ 2.23606797749979 @@ \sqrt{5}
+ 0.7071067811865476 @@ \frac{\sqrt{2}}{2}
+ 0.7071067811865475 @@ \frac{1}{\sqrt{2}}
+ 0.5235987755982988 @@ \frac{\pi}{6}
+ 0.9510565162951535 @@ \sin 72^\circ
+ 2.0000000000000004 @@ 2
+ 0.1 @@ \frac{1}{10}
+ 1.3333333333333333 @@ \frac43
+ 11.313708498984761 @@ 8\sqrt2
#double
- 1.7320608075688772 @@ \sqrt 3
- 0.4285714385714285 @@ \frac{3}{7}
- 3.141593653589793 @@ \pi
- 1.4 @@ \sqrt2
- 0.7 @@ \frac{\sqrt2}{2}
- 0.33 @@ \frac13
#after
- 14 \text{ dozen} @@ 14
- 14 \text{ hundred} @@ 14
- 14 \text{ million} @@ 14
- 14 \text{ tenths} @@ 14
- 14 \text{ halves} @@ 14
- 14 \text{ quarters} @@ 14
- 14 \text{ squared} @@ 14
- 14 \text{ factorial} @@ 14
- 14 \text{ or } 15 @@ 14
- 14 \text{ to } 16 @@ 14
- 14 \text{ at least} @@ 14
- 14 \text{ or less} @@ 14
- 14 \text{ and a half} @@ 14
- 14 \text{ plus } 1 @@ 14
- 14 \text{ minus } x @@ 14
- 14 \text{ divided by } 2 @@ 14
- 14 \text{ thousandths} @@ 14
- 14 \text{ times } 10 @@ 14
- 14 \text{ in base } 5 @@ 14
- 14 \text{ choose } 3 @@ 14
- 14 \text{ gross} @@ 14
- 14 \text{ lakh} @@ 14
- 14 \text{k} @@ 14
- 14 \text{ is too large} @@ 14
- 14 \text{ is not possible} @@ 14
- 14 \text{ y} @@ 14
- 14 \text{ pi} @@ 14
- 14\pi @@ 14
- 14 \text{ off} @@ 3
- 14 \text{ million dollars} @@ 14
#after
+ 14 \text{ dozen} @@ 168
+ 14 \text{ thousand} @@ 14000
+ 14 \text{ halves} @@ 7
+ 14 \text{ integers} @@ 14
+ 14 \text{ lattice points} @@ 14
+ 14 \text{ ways to arrange the letters} @@ 14
+ 14 \text{ total} @@ 14
+ 14 \text{ more hours} @@ 14
#families
+ \frac{\pi}{3} + n\pi, \quad n \in \mathbb{Z} @@ x = \frac{\pi}{3} + k\pi, k\in\mathbb{Z}
+ x = \frac{\pi}{3} + \pi k \text{ for } k \in \mathbb{Z} @@ x=\frac{\pi}{3}+k\pi, k \in \mathbb Z
+ \{ \tfrac{\pi}{3} + k \pi \mid k \in \mathbb{Z} \} @@ x=\frac{\pi}{3}+k\pi, k \in \mathbb Z
+ x = 60^\circ + 180^\circ n @@ x = 60^\circ + 180^\circ k, k \in \mathbb{Z}
+ x \equiv 4 \pmod{9} @@ x = 9k+4, k \in \mathbb{Z}
+ x \equiv -5 \pmod 9 @@ x \equiv 4 \pmod 9
+ x = 4 + 9t, t \in \mathbb{Z} @@ x \equiv 4 \pmod 9
+ x \equiv 4\ (\text{mod } 9) @@ x \equiv 4 \pmod 9
+ 4 \mod 9 @@ x \equiv 4 \pmod{9}
+ x = n\pi + (-1)^n \frac{\pi}{6}, n \in \mathbb{Z} @@ x = k\pi + (-1)^k \frac{\pi}{6}, k \in \mathbb{Z}
#families
- \frac{\pi}{3} + 2n\pi, n \in \mathbb{Z} @@ x = \frac{\pi}{3} + k\pi, k\in\mathbb{Z}
- x \equiv 4 \pmod{8} @@ x \equiv 4 \pmod 9
- x \equiv 9 \pmod{4} @@ x \equiv 4 \pmod 9
- x = 9k-4, k \in \mathbb{Z} @@ x = 9k+4, k \in \mathbb{Z}
#range
+ -1 < x \leq 6 @@ (-1,6]
+ ]-1, 6] @@ (-1,6]
+ \left]-1 , 6\right] @@ (-1,6]
+ (-1;6] @@ (-1,6]
+ \{x : -1 < x \le 6\} @@ (-1, 6]
+ \{x \in \mathbb{R} \,|\, -1<x\le 6\} @@ (-1,6]
+ x > -1 \text{ and } x \le 6 @@ (-1,6]
+ x\in(-1,6] @@ -1<x\le6
+ x^2 > 9 @@ (-\infty,-3)\cup(3,\infty)
+ |2x-1| \le 7 @@ [-3,4]
+ -3 \le x \le 4 @@ |2x - 1| \leq 7
+ x \in (-\infty, 0) \cup (0, \infty) @@ x \ne 0
+ \mathbb{R} \backslash \{0\} @@ x \neq 0
+ \text{all nonzero real numbers} @@ x \ne 0
+ \text{All real numbers except 0} @@ (-\infty,0)\cup(0,\infty)
+ \text{all reals except } 0, 1 @@ \mathbb{R}\setminus\{0,1\}
+ (-\infty,0)\cup(0,1)\cup(1,\infty) @@ x \ne 0, 1
+ x \neq 0 \text{ and } x \neq 1 @@ \mathbb{R}\setminus\{0,1\}
+ (-\infty,\infty) @@ \text{all real numbers}
+ -\infty < x < \infty @@ \mathbb{R}
+ \text{any real number} @@ (-\infty,\infty)
+ \text{every real number} @@ \mathbb{R}
+ [0, +\infty) @@ x \geq 0
+ \mathbb{R}_{\ge 0} @@ [0,\infty)
+ x\geq0 @@ \text{non-negative real numbers}
+ \{0\} \cup [1,2] @@ [1,2] \cup \{0\}
+ [1,2]\cup[2,3] @@ [1,3]
+ (0,1) \cup [1,2) @@ (0,2)
+ x = 1, x = 3 @@ \{1, 3\}
+ \{3,1\} @@ 1, 3
+ \{x \mid x = 1 \text{ or } x = 3\} @@ \{1,3\}
+ c<a<b @@ b>a>c
+ 0<r<\frac12 @@ \left(0,\tfrac12\right)
+ y \le -2 \text{ or } y \ge 2 @@ |y| \ge 2
+ p \in \left[-\frac{1}{3}, \frac{1}{3}\right] @@ -\frac13 \le p \le \frac13
#range
- [-1,6) @@ (-1,6]
- -1 \le x \le 6 @@ (-1,6]
- x^2<9 @@ (-\infty,-3)\cup(3,\infty)
- x = 0 @@ x \ne 0
- (0,1)\cup(1,2) @@ (0,2)
- x \ge 0 @@ x \le 0
- a<c<b @@ b>a>c
#environments
+ \begin{pmatrix} 5\\ -2 \end{pmatrix} @@ \begin{bmatrix} 5\\ -2\end{bmatrix}
+ \begin{pmatrix} 5 & -2 \end{pmatrix}^\top @@ \begin{pmatrix} 5\\ -2 \end{pmatrix}
+ \begin{pmatrix} 5 \\[2mm] -2 \end{pmatrix} @@ \begin{pmatrix} 5\\ -2 \end{pmatrix}
+ \begin{pmatrix} 5 \cr -2 \end{pmatrix} @@ \begin{pmatrix} 5\\ -2 \end{pmatrix}
+ [5, -2] @@ \begin{pmatrix} 5 & -2 \end{pmatrix}
+ \left[\begin{smallmatrix} 5 & 1 \\ 0 & 5\end{smallmatrix}\right] @@ \begin{pmatrix} 5 & 1 \\ 0 & 5\end{pmatrix}
+ \left(\begin{array}{cc|c} 5 & 1 & 2 \\ 0 & 5 & 3\end{array}\right) @@ \begin{pmatrix} 5 & 1 & 2\\ 0 & 5 & 3\end{pmatrix}
+ [[5, 1], [0, 5]] @@ \begin{bmatrix} 5 & 1 \\ 0 & 5\end{bmatrix}
+ 5\begin{pmatrix} 1 & 0 \\ 0 & 1 \end{pmatrix} @@ \begin{pmatrix} 5 & 0 \\ 0 & 5\end{pmatrix}
+ \begin{cases} s=2\\ t=3 \end{cases} @@ s=2,t=3
+ \left\{\begin{aligned} s&=2\\ t&=3 \end{aligned}\right. @@ (s,t)=(2,3)
+ \begin{cases} 1 & n \text{ even} \\ 0 & n \text{ odd} \end{cases} @@ \begin{cases} 0 & n \text{ odd} \\ 1 & n \text{ even}\end{cases}
+ \begin{cases} 0 & x \ge 0 \\ 1 & x<0 \end{cases} @@ \begin{cases} 1, & x < 0, \\ 0, & x \ge 0 \end{cases}
+ \begin{equation*} 44 \end{equation*} @@ 44
+ \begin{gather*} 44 \end{gather*} @@ 44
+ \begin{multline} 44 \end{multline} @@ 44
+ \begin{matrix} 44 \end{matrix} @@ 44
+ \begin{tabular}{c} 44 \end{tabular} @@ 44
#environments
- \begin{pmatrix} -2\\ 5 \end{pmatrix} @@ \begin{bmatrix} 5\\ -2\end{bmatrix}
- \begin{pmatrix} 5 & 0 \\ 1 & 5\end{pmatrix} @@ \begin{pmatrix} 5 & 1 \\ 0 & 5\end{pmatrix}
- \begin{cases} s=3\\ t=2 \end{cases} @@ s=2,t=3
- \begin{cases} 1 & x \ge 0 \\ 0 & x<0 \end{cases} @@ \begin{cases} 1, & x < 0, \\ 0, & x \ge 0 \end{cases}
#vectors
+ \hat{i}+2\hat{j}-3\hat{k} @@ (1,2,-3)
+ \mathbf{i}+2\mathbf{j}-3\mathbf{k} @@ \langle 1,2,-3\rangle
+ \boldsymbol{i}+2\boldsymbol{j}-3\boldsymbol{k} @@ \begin{pmatrix}1\\2\\-3\end{pmatrix}
+ i+2j-3k @@ \hat{i}+2\hat{j}-3\hat{k}
+ \langle 1,\, 2,\, -3 \rangle @@ \hat{i}+2\hat{j}-3\hat{k}
+ \vec{n} = (1,2,-3) @@ (1,2,-3)
+ (1,2,-3)^T @@ \langle 1,2,-3\rangle
+ \left(\begin{array}{c}1\\2\\-3\end{array}\right) @@ \langle 1,2,-3\rangle
+ 2\mathbf{p} - \mathbf{q} @@ 2\vec{p} - \vec{q}
+ -\vec{q}+2\vec{p} @@ 2\vec{p} - \vec{q}
#vectors
- \hat{i}-3\hat{j}+2\hat{k} @@ (1,2,-3)
- \langle 2,1,-3\rangle @@ \langle 1,2,-3\rangle
- \langle -3,2,1\rangle @@ \langle 1,2,-3\rangle
- \vec{n} = \langle 1,-3,2\rangle @@ \langle 1,2,-3\rangle
- \langle 1,2 \rangle @@ \langle 1,2,-3\rangle
- \{1,2,-3\} @@ \langle 1,2,-3\rangle
- 2\vec{q}-\vec{p} @@ 2\vec{p} - \vec{q}
- \hat{i}+2\hat{j}+3\hat{k} @@ \hat{i}+2\hat{j}-3\hat{k}
#units
+ 32 \text{ ft} @@ 32 \text{ feet}
+ 32\text{ ft}^2 @@ 32 \text{ square feet}
+ 32 \text{ sq ft} @@ 32 \text{ ft}^2
+ 3 \text{ ft} @@ 36 \text{ in}
+ 2 \text{ lb} @@ 32 \text{ oz}
+ 4500 \text{ g} @@ 4.5 \text{ kg}
+ 0.002 \text{ m} @@ 2 \text{ mm}
+ 54 \text{ km/h} @@ 15 \text{ m/s}
+ 1 \text{ m}^3 @@ 1000 \text{ L}
+ 2 \text{ kW} @@ 2000 \text{ W}
+ 50\text{\textcent} @@ 50 \text{ cents}
+ 5 \text{ dollars and } 25 \text{ cents} @@ \$5.25
+ 16 \pi \text{ square inches} @@ 16\pi
+ 16\pi \text{ in}^2 @@ 16\pi \text{ square inches}
+ \frac{7}{2} \text{ hours} @@ 3.5 \text{ hours}
+ 3 \text{ hours } 30 \text{ minutes} @@ 3.5 \text{ hours}
+ 2 \text{ h } 15 \text{ min} @@ 135 \text{ minutes}
+ \text{10 a.m.} @@ 10{:}00\text{ AM}
+ 10 \text{ o'clock} @@ 10
+ 11.2 \text{ km/s} @@ 11.2
+ 343\, \mathrm{m\cdot s^{-1}} @@ 343 \text{ m/s}
+ 101.3\text{ kPa} @@ 101.3
+ 25\text{°C} @@ 25^\circ\text{C}
+ 72 \text{ beats per minute} @@ 72
+ 60 \text{ miles/hour} @@ 60 \text{ mph}
#units
- 32 \text{ in} @@ 32 \text{ ft}
- 32 \text{ ft} @@ 32 \text{ ft}^3
- 2 \text{ oz} @@ 2 \text{ lb}
- 4.5 \text{ g} @@ 4.5 \text{ kg}
- 2 \text{ m} @@ 2 \text{ mm}
- 21 \text{ weeks} @@ 21 \text{ days}
- 15 \text{ km/h} @@ 15 \text{ m/s}
- 1 \text{ m}^2 @@ 1 \text{ m}^3
- 2 \text{ kW} @@ 2 \text{ W}
- 50 \text{ dollars} @@ 50 \text{ cents}
- 16\pi \text{ inches} @@ 16\pi \text{ square inches}
- 3.5 \text{ minutes} @@ 3.5 \text{ hours}
- 10 \text{ p.m.} @@ 10 \text{ a.m.}
- 343 \text{ m/s}^2 @@ 343 \text{ m/s}
- 25^\circ\text{F} @@ 25^\circ\text{C}
- 6 \text{ pens} @@ 6 \text{ pencils}
- 6 \text{ red cars} @@ 6 \text{ blue cars}
- 6 \text{ nickels} @@ 6 \text{ dimes}
- 5 \text{ coulombs} @@ 5 \text{ amperes}
- 5 \text{ g/mL} @@ 5 \text{ kg/L}^2
- 20 \text{ mol} @@ 20 \text{ g}
- 9 \text{ cm}^{-1} @@ 9 \text{ cm}
- 8 \text{ percent} @@ \$8
- 8 \text{ degrees} @@ 8 \text{ radians}
- 18 \text{ months} @@ 18 \text{ years}
- 18 \text{ hours} @@ 18 \text{ seconds}
- 7 \text{ milliseconds} @@ 7 \text{ seconds}
- 7 \text{ gigabytes} @@ 7 \text{ megabytes}
- 7 \text{ teachers} @@ 7 \text{ students}
- 7 \text{ quarts} @@ 7 \text{ pints}
- 7 \text{ miles} @@ 7 \text{ yards}
- 7 \text{ rupees} @@ 7 \text{ dollars}
- 7 \text{ ohms} @@ 7 \text{ volts}
#numbers
+ 12.5\% @@ \frac18
+ 12.5 \% @@ 12.5\%
+ 0.125 @@ 12.5\%
+ 12\frac12\% @@ 12.5\%
+ \frac{25}{2}\% @@ 12.5\%
+ \frac18 @@ 12.5\%
+ 3{,}600 @@ 3600
+ 3,600 @@ 3600
+ 3 600 @@ 3600
+ 3\ 600 @@ 3600
+ 3.6 \times 10^3 @@ 3600
+ 3.6e3 @@ 3600
+ 3.6\mathrm{E}3 @@ 3600
+ 36 \times 10^2 @@ 3600
+ 60^2 @@ 3600
+ 0.\dot{6} @@ \frac23
+ 0.\overline{6} @@ \frac23
+ 0.666\ldots @@ \frac23
+ 0.6\bar{6} @@ \frac{2}{3}
+ 0.(6) @@ \frac23
+ 2.1\overline{36} @@ 2.1363636\ldots
+ 45^\circ 30' @@ 45.5^\circ
+ 45.5^{\circ} @@ 45^\circ 30'
+ 45^\circ 30' 0'' @@ 45.5^\circ
+ \binom{6}{3} @@ 20
+ {}_6C_3 @@ 20
+ {}^{6}\mathrm{C}_{3} @@ 20
+ C_6^3 @@ 20
+ _6P_2 @@ 30
+ 4! @@ 24
+ \sin 90^\circ @@ 1
+ \cos\frac{\pi}{3} @@ \frac12
+ \sin 20^\circ @@ \cos 70^\circ
+ \text{AB}_{16} @@ AB_{16}
+ 1101_{(2)} @@ 1101_2
+ 1101 \text{ (base 2)} @@ 1101_2
+ 1101_{\text{base }2} @@ 1101_2
+ \text{two} @@ 2
+ \text{twenty-five} @@ 25
+ \text{three quarters} @@ \frac34
+ \text{one half} @@ \frac12
+ \text{A, B, D} @@ \text{A, D, B}
+ \text{(A), (B)} @@ A, B
+ ABD @@ \text{ABD}
+ \overline{w} @@ \bar{w}
+ |{-5}| @@ 5
+ \frac{2}{3}\sqrt{3} @@ \frac{2\sqrt{3}}{3}
+ \frac{2}{\sqrt{3}} @@ \frac{2\sqrt3}{3}
+ - 7 @@ -7
+ \left(-7\right) @@ -7
+ \frac{1}{3} + \frac13 @@ \frac23
+ i\sqrt{5} @@ \sqrt{-5}
#numbers
- 1.25\% @@ \frac18
- 12\% @@ 12.5\%
- 3.6 @@ 3600
- 0.66 @@ \frac23
- 45.30^\circ @@ 45^\circ 30'
- \binom{6}{2} @@ 20
- \sin 45^\circ @@ 1
- \text{A, B, C} @@ \text{A, D, B}
- \textbf{(C)}\ 20 @@ D
- 3 \frac12 @@ \frac32
#money
+ \text{\$}27 @@ 27
+ \text{\$27} @@ 27
+ \text{\$ 27.00} @@ 27
+ 27 \text{ US dollars} @@ 27
+ \text{US } \$27 @@ 27
+ \mathrm{USD}\ 27 @@ 27
+ \$27 \text{ per person} @@ 27
+ 27\,€ @@ 27
+ \text{27 €} @@ 27
+ 27 \text{ EUR} @@ 27
+ £ 27 @@ 27
+ 27 \text{ GBP} @@ 27
+ ₹27/- @@ 27
+ Rs 27 @@ 27
+ \text{Rs. 27} @@ 27
+ ₩27,000 @@ 27000
+ 27\text{ 块} @@ 27
+ 27\text{ 人民币} @@ 27
+ 27 \text{ 小时} @@ 27
+ 27\text{ 厘米} @@ 27
+ 27 \text{ 平方米} @@ 27
+ 27\text{ 只} @@ 27
+ 27 \text{ 度} @@ 27
+ 27 \text{ метра} @@ 27
+ 27 \text{ градусов} @@ 27
+ 27 \text{ учеников} @@ 27
+ 27 \text{ способов} @@ 27
+ 27 \text{ horas} @@ 27
+ 27 \text{ soluções} @@ 27
+ 27 \text{ élèves} @@ 27
+ 27 \text{ Minuten} @@ 27
+ 27 \text{ Bücher} @@ 27
+ 27 \text{ gün} @@ 27
+ 27 \text{ zł} @@ 27
+ 27 \text{ 시간} @@ 27
+ 27 \text{ 個} @@ 27
+ 27 \text{ 分} @@ 27
+ 27 \text{ घंटे} @@ 27
+ 27 \text{ सेमी} @@ 27
+ 27 \text{ دقيقة} @@ 27
+ 27 \text{ روپے} @@ 27
+ 27 \text{ ώρες} @@ 27
#money
- 27\text{ 亿} @@ 27
- 27 \text{ миллионов} @@ 27
- 27 \text{ mille} @@ 27
- 27 \text{ Tausend} @@ 27
- €27 @@ \$27
- \text{不是} @@ \text{是}
- 27 \text{ दर्जन} @@ 27
- 27\text{ 半} @@ 27
- 27 \text{ десятков} @@ 27
#text
+ July @@ \text{July}
+ \text{july} @@ \text{July}
+ \mathbf{July} @@ \text{July}
+ \textrm{July} @@ \text{July}
+ \text{"July"} @@ \text{July}
+ \text{the circle} @@ \text{a circle}
+ \text{an isosceles triangle} @@ \text{isosceles triangle}
+ \text{scalene triangle} @@ \text{scalene}
+ \text{Liam, Noah} @@ \text{Noah and Liam}
+ \text{Liam and Noah} @@ \text{Noah, Liam}
+ \text{Liam, Noah, and Emma} @@ \text{Emma, Liam, Noah}
+ \text{Neither} @@ \text{neither}
+ \text{It is prime} @@ \text{prime}
+ \text{line segment} @@ \text{a line segment}
+ \text{cannot be determined} @@ \text{Cannot be determined}
+ \text{Undefined} @@ \text{undefined}
#text
- \text{June} @@ \text{July}
- \text{oval} @@ \text{circle}
- \text{not prime} @@ \text{prime}
- \text{Liam} @@ \text{Noah}
- \text{Liam and Emma} @@ \text{Noah and Liam}
- \text{odd} @@ \text{even}
- \text{No, it is not} @@ \text{Yes}
#wrappers
+ \implies x = 52 @@ 52
+ \Rightarrow 52 @@ 52
+ \to 52 @@ 52
+ \therefore x = 52 @@ 52
+ \approx 52 @@ 52
+ \simeq 52 @@ 52
+ 52 = n @@ 52
+ n \text{ is } 52 @@ 52
+ n \text{ equals } 52 @@ 52
+ n \equiv 52 @@ 52
+ n := 52 @@ 52
+ \text{n = 52} @@ 52
+ \text{The total is 52} @@ 52
+ \text{The sum is } 52 @@ 52
+ \text{There are } 52 \text{ ways} @@ 52
+ \text{Hence, } 52 @@ 52
+ \max f = 52 @@ 52
+ \min_{x} f(x) = 52 @@ 52
+ \prod_{i} a_i = 52 @@ 52
+ \sum_{n=1}^{\infty} a_n = 52 @@ 52
+ \gcd(104, 156) = 52 @@ 52
+ \operatorname{Area} = 52 @@ 52
+ \mathrm{Area}(ABCD) = 52 @@ 52
+ \text{Area of } ABCD = 52 @@ 52
+ S_{\triangle ABC} = 52 @@ 52
+ \widehat{AB} = 52^\circ @@ 52
+ \|v\| = 52 @@ 52
+ |z|^2 = 52 @@ 52
+ a+b+c = 52 @@ 52
+ abc = 52 @@ 52
+ ab + bc = 52 @@ 52
+ x^2 + y^2 = 52 @@ 52
+ \frac{a}{b} = \frac{5}{2} @@ \frac52
+ \sqrt{ab} = 52 @@ 52
+ \log_2 N = 52 @@ 52
+ \tan\theta = \frac52 @@ \frac52
+ \text{tan}(\theta) = \frac52 @@ \frac52
+ 52 \blacksquare @@ 52
+ 52\ \Box @@ 52
+ 52 ✓ @@ 52
+ 52 \text{ ✓} @@ 52
+ \bigl(52\bigr) @@ 52
+ \bigg(52\bigg) @@ 52
+ \normalsize 52 @@ 52
+ \scriptstyle 52 @@ 52
+ {\bf 52} @@ 52
+ {\rm 52} @@ 52
+ \mathit{52} @@ 52
+ \textup{52} @@ 52
+ \textnormal{52} @@ 52
+ \mbox{52} @@ 52
+ \text{ 52 } @@ 52
+ \textbf{52}. @@ 52
+ \hskip 3pt 52 @@ 52
+ \vphantom{X}52 @@ 52
+ 52 \label{eq:1} @@ 52
+ \colorbox{green}{$52$} @@ 52
+ \begin{align}52\end{align} @@ 52
+ ```52``` @@ 52
+ 52\\ @@ 52
+ 52; @@ 52
+ \$52\$ @@ 52
+ \mathrm{Ans.}\ 52 @@ 52
+ 52 \text{ (units)} @@ 52
+ 52 \approx 52.0 @@ 52
+ \frac{104}{2} = 52 @@ 52
+ 2\pi \approx 6.28 @@ 2\pi
+ 6.28 \approx 2\pi @@ 2\pi
#wrappers
- 3x = 52 @@ 52
- 52 - x = 0 @@ 52
- x^2 - 52 = 0 @@ 52
- 2 \cdot n = 52 @@ 52
- \frac{x}{2} = 52 @@ 52
- 52 \ne x @@ 52
- \sim 53 @@ 52
- 52 + 1 @@ 52
- \cancel{52} @@ 52
- \bar{52} @@ 52
- \lnot 52 @@ 52
- 52 \to 53 @@ 52
- 52 \Rightarrow 53 @@ 53
- 52 \mid 104 @@ 52
- n > 52 @@ 52
#invisible
+ ‌73 @@ 73
+ 7‌3 @@ 73
+ 73⁣ @@ 73
+ ‪73‬ @@ 73
+ ⁦73⁩ @@ 73
+ 73​​​ @@ 73
+ 　 73 @@ 73
+ 73  @@ 73
+  73 @@ 73
+ 7 300 @@ 7300
+ ‒73 @@ -73
+ ﹣73 @@ -73
+ ７３ @@ 73
+ ⅔ @@ \frac23
+ 2⁵ @@ 32
+ x₁ = 73 @@ 73
+ ∛8 @@ 2
+ 73° @@ 73^\circ
+ \text{Ol​ga} @@ \text{Olga}
+ 73 @@ 73﻿
#invisible
- 7​3 @@ 37
- −73 @@ 73
#ratios
+ 4 : 9 @@ 4:9
+ 4\!:\!9 @@ 4:9
+ 4 \text{:} 9 @@ 4:9
+ \text{4:9} @@ 4:9
+ \frac{4}{9} @@ 4:9
+ 12:27 @@ 4:9
+ 4 \text{ to } 9 @@ 4:9
+ 4/9 @@ 4:9
+ 4:9 @@ \frac49
+ \frac49:1 @@ 4:9
+ AB:CD = 4:9 @@ 4:9
+ 2:3:4 @@ 4:6:8
+ a:b = 4:9 @@ 4:9
+ \text{The ratio is } \frac{4}{9} @@ 4:9
#ratios
- 9:4 @@ 4:9
- \frac94 @@ 4:9
- 16:81 @@ 4:9
- 4:13 @@ 4:9
- 2:4:3 @@ 2:3:4
#empty
+ \varnothing @@ \{\}
+ Ø @@ \emptyset
+ \text{no such number exists} @@ \text{no such number}
+ \text{No real solutions} @@ \varnothing
+ \text{limit does not exist} @@ \text{does not exist}
+ -\infty @@ - \infty
+ \text{undefined} @@ \text{undefined.}
#empty
- \{ 0 \} @@ \varnothing
- \text{two solutions} @@ \text{no solution}
- \infty @@ \text{does not exist}
#coordinates
+ T(0,-6) @@ (0,-6)
+ T = (0,-6) @@ (0,-6)
+ T: (0,-6) @@ (0,-6)
+ \text{Vertex } (0,-6) @@ (0,-6)
+ \text{vertex at } (0,-6) @@ (0,-6)
+ x=0, y=-6 @@ (0,-6)
+ x=0\text{, }y=-6 @@ (0,-6)
+ y=-6 \text{ and } x=0 @@ (0,-6)
+ (x, y) = (0, -6) @@ x=0, y=-6
+ (0,-6) @@ x=0, y=-6
+ a=1,b=-1,c=0 @@ (1,-1,0)
+ (a,b,c)=(1,-1,0) @@ (1,-1,0)
+ (0,-6),\ (3,3) @@ (0,-6) \text{ and } (3,3)
+ \{(3,3),(0,-6)\} @@ (0,-6),(3,3)
+ A(0,-6), B(3,3) @@ (0,-6), (3,3)
+ \left(0,\;-6\right) @@ (0,-6)
+ (0 , -6.0) @@ (0,-6)
#coordinates
- x=-6, y=0 @@ (0,-6)
- (-6,0) @@ (0,-6)
- a=1,b=0,c=-1 @@ (1,-1,0)
- B(0,-6), A(3,3) @@ A(0,-6), B(3,3)
- (0,6) @@ (0,-6)
#before
- \text{the negative of } 48 @@ 48
- \text{the inverse of } 48 @@ 48
- \text{the conjugate of } 48 @@ 48
- \text{the log of } 48 @@ 48
- \text{the sine of } 48 @@ 48
- \text{the cosine of } 48 @@ 48
- \text{the derivative of } 48 @@ 48
- \text{the factorial of } 48 @@ 48
- \text{the number of primes below } 48 @@ 48
- \text{any integer below } 48 @@ 48
- \text{an even number above } 48 @@ 48
- \text{all numbers except } 48 @@ 48
- \text{everything but } 48 @@ 48
- \text{a number near } 48 @@ 48
- \text{just over } 48 @@ 48
- \text{just under } 48 @@ 48
- \text{short of } 48 @@ 48
- \text{as many as } 48 @@ 48
- \text{as few as } 48 @@ 48
- \text{upwards of } 48 @@ 48
- \text{two less than } 48 @@ 48
- \text{three more than } 48 @@ 48
- \text{one third of } 48 @@ 48
- \text{a quarter of } 48 @@ 48
- \text{the cube root of } 48 @@ 48
- \text{the digit sum of } 48 @@ 48
- \text{the reverse of } 48 @@ 48
- \text{log base 2 of } 48 @@ 48
- \text{exceeds } 48 @@ 48
- \text{differs from } 48 @@ 48
- \text{unequal to } 48 @@ 48
- \text{far from } 48 @@ 48
- \text{tens of } 48 @@ 48
- \text{no } 48 @@ 48
- \text{anything other than } 48 @@ 48
- \text{infinitely more than } 48 @@ 48
- \text{double of } 48 @@ 48
- \text{one plus } 48 @@ 48
- \text{the previous of } 48 @@ 48
#before
+ \text{Therefore } 48 @@ 48
+ \text{equal to } 48 @@ 48
+ \text{in total } 48 @@ 48
#double
+ 0.8571428571428571 @@ \frac67
+ 3.4641016151377544 @@ 2\sqrt3
+ 2.6457513110645907 @@ \sqrt7
+ 2.0943951023931953 @@ \frac{2\pi}{3}
+ 1.3862943611198906 @@ \ln 4
+ 2.302585092994046 @@ \ln 10
+ 0.36787944117144233 @@ \frac1e
+ 0.3826834323650898 @@ \sin\frac{\pi}{8}
+ 1.8477590650225735 @@ \sqrt{2+\sqrt2}
+ 0.6180339887498949 @@ \frac{\sqrt5-1}{2}
+ 16.666666666666668 @@ \frac{50}{3}
+ -0.6666666666666666 @@ -\frac23
+ 0.07692307692307693 @@ \frac1{13}
+ 0.7000000000000001 @@ 0.7
+ 24.000000000000004 @@ 24
#double
- 0.8571438571428571 @@ \frac67
- 3.4641026151377544 @@ 2\sqrt3
- 15.707973267948966 @@ 5\pi
- 2.65 @@ \sqrt7
#after
- 33 \text{ tens} @@ 33
- 33 \text{ grand} @@ 33
- 33 \text{ crore} @@ 33
- 33 \text{ mil} @@ 33
- 33 \text{ gross} @@ 33
- 33 \text{ score} @@ 33
- 33 \text{ sevenths} @@ 33
- 33 \text{ eighths} @@ 33
- 33 \text{ ninths} @@ 33
- 33 \text{ elevenths} @@ 33
- 33 \text{ millionths} @@ 33
- 33 \text{ trillion} @@ 33
- 33 \text{ to the fifth} @@ 33
- 33 \text{ raised to } 2 @@ 33
- 33 \text{ inverse} @@ 33
- 33 \text{ negative} @@ 33
- 33 \text{ below} @@ 33
- 33 \text{ above} @@ 33
- 33 \text{ modulo } 7 @@ 33
- 33 \text{ base } 4 @@ 33
- 33 \text{ X} @@ 33
- 33 \text{ e} @@ 33
- 33 \text{ pi} @@ 33
- 33 \text{ sin x} @@ 33
- 33 \text{ over } 2 @@ 33
- 33 \text{ minus one} @@ 33
- 33 \text{ with remainder } 2 @@ 33
- 33 \text{ remainder } 1 @@ 33
- 33 \text{ point five} @@ 33
- 33 \text{ fold} @@ 34
- 33 \text{ less} @@ 33
- 33 \text{ shy} @@ 33
- 33 \text{ root } 2 @@ 33
- 33 \text{ radical } 3 @@ 33
- 33 \text{ degrees or less} @@ 33
- 33 \text{ cubed} @@ 33
- 33 \text{ halved} @@ 33
- 33 \text{ tripled} @@ 33
- 33\text{M} @@ 33
- 33 million @@ 33
- 33 thousand @@ 33
#after
+ 3 \text{ dozen} @@ 36
+ 3 \text{ hundred} @@ 300
+ 3 \text{ fifths} @@ \frac35
+ 3 \text{ million} @@ 3{,}000{,}000
+ 33 \text{ solutions} @@ 33
+ 33 \text{ distinct values} @@ 33
+ 33 \text{ people in total} @@ 33
+ 33 \text{ different colorings} @@ 33
#families
+ x = \frac{\pi}{2} + \pi n, n \in \mathbb{Z} @@ x = \frac{\pi}{2} + k\pi, k\in\mathbb{Z}
+ x = (2k+1)\frac{\pi}{2}, k \in \mathbb{Z} @@ x = \frac{\pi}{2} + k\pi, k\in\mathbb{Z}
+ \frac{(2n+1)\pi}{2} \text{ for } n \in \mathbb{Z} @@ x = \frac{\pi}{2} + k\pi, k\in\mathbb{Z}
+ x = \pm\frac{\pi}{3} + 2\pi n, n\in\mathbb{Z} @@ x = 2k\pi \pm \frac{\pi}{3}, k\in\mathbb{Z}
+ x = 90^\circ + 180^\circ k, k \in \mathbb{Z} @@ 90^\circ + 180^\circ n, n\in\mathbb{Z}
+ n \equiv 1 \pmod{6} @@ n = 6k+1, k\in\mathbb{Z}
+ n \equiv 1, 5 \pmod 6 @@ n \equiv 5, 1 \pmod 6
+ n \equiv \pm 1 \pmod 6 @@ n \equiv 1, 5 \pmod 6
+ n = 6m + 1 \text{ where } m \text{ is an integer} @@ n \equiv 1 \pmod 6
+ (k\pi, k\pi + \frac{\pi}{2}), k \in \mathbb{Z} @@ \left(n\pi, n\pi+\frac{\pi}{2}\right), n\in\mathbb{Z}
#families
- x = \frac{\pi}{2} + 2\pi n, n \in \mathbb{Z} @@ x = \frac{\pi}{2} + k\pi, k\in\mathbb{Z}
- n \equiv 1 \pmod{5} @@ n \equiv 1 \pmod{6}
- n = 6k - 2, k\in\mathbb{Z} @@ n \equiv 1 \pmod 6
- n \equiv 1 \pmod 6 @@ n \equiv \pm 1 \pmod 6
#range
+ \left\{x \,\middle|\, x > \tfrac{5}{2}\right\} @@ \left(\tfrac52,\infty\right)
+ x > 2.5 @@ \left(\frac{5}{2}, \infty\right)
+ \text{The solution is } x > \frac52 @@ x>\frac52
+ \text{The domain is } [-3, 3] @@ [-3,3]
+ \text{Domain} = [-3,3] @@ [-3,3]
+ D = [-3,3] @@ [-3,3]
+ [-3,3] @@ -3 \leqslant x \leqslant 3
+ |x| \leqslant 3 @@ [-3,3]
+ x^2 \le 9 @@ [-3,3]
+ (-\infty,-2)\cup(-2,2)\cup(2,\infty) @@ \mathbb{R} \setminus \{-2,2\}
+ \{x \in \mathbb{R} \mid x \neq \pm 2\} @@ \mathbb{R} \setminus \{-2,2\}
+ \text{all real numbers except } \pm 2 @@ x \neq \pm 2
+ \text{all real numbers except } -2 \text{ and } 2 @@ x \neq \pm 2
+ x \in (-\infty, -2) \cup (-2, 2) \cup (2, +\infty) @@ x \ne \pm2
+ \text{all real numbers greater than or equal to } 4 @@ [4,\infty)
+ \text{all real numbers less than } 4 @@ (-\infty,4)
+ \text{real numbers between } 1 \text{ and } 4 \text{ inclusive} @@ [1,4]
+ \text{no more than } 9 @@ x \le 9
+ a \le -1 \text{ or } a \ge 0 @@ (-\infty,-1]\cup[0,\infty)
+ (-\infty,-1]\cup[0,+\infty) @@ a \leq -1 \text{ or } a \geq 0
+ a \in (-\infty, -1] \cup [0, +\infty) @@ (-\infty,-1]\cup[0,\infty)
+ (0, 4] @@ 0 < m \le 4
+ 4 \ge m > 0 @@ (0,4]
+ m \le 4, m > 0 @@ (0, 4]
+ \{0, 1, 2, 3\} @@ \{3,2,1,0\}
+ \{x \mid x = 0, 1, 2, 3\} @@ \{0,1,2,3\}
+ x \in \{0,1,2,3\} @@ \{0,1,2,3\}
+ \{-3,-2,\ldots,3\} @@ \{-3,-2,-1,0,1,2,3\}
+ \mathbb{Z} @@ \text{all integers}
+ \mathbb{R} @@ (-\infty, +\infty)
+ a>b>c @@ c<b<a
+ \left[0,\frac{\pi}{2}\right) @@ 0 \le \theta < \frac{\pi}{2}
+ [-1, 0) \cup (0, 1] @@ -1 \le x \le 1, x \ne 0
+ x \ge 0 \land x \neq 1 @@ [0,1)\cup(1,\infty)
#range
- x \ge 2.5 @@ \left(\frac{5}{2}, \infty\right)
- (-3,3) @@ [-3,3]
- x \neq 2 @@ x \neq \pm 2
- [0,4] @@ (0, 4]
- (-\infty,-1)\cup(0,\infty) @@ (-\infty,-1]\cup[0,\infty)
#environments
+ \begin{bmatrix} 3 \\ 0 \\ -1 \end{bmatrix} @@ \begin{pmatrix} 3 \\ 0 \\ -1 \end{pmatrix}
+ \mathbf{x} = \begin{bmatrix} 3 \\ 0 \\ -1 \end{bmatrix} @@ \begin{pmatrix} 3 \\ 0 \\ -1 \end{pmatrix}
+ \begin{pmatrix} 3 & 0 & -1 \end{pmatrix}^{T} @@ \begin{pmatrix} 3 \\ 0 \\ -1 \end{pmatrix}
+ \begin{pmatrix} 3\\0\\-1\\ \end{pmatrix} @@ \begin{pmatrix} 3 \\ 0 \\ -1 \end{pmatrix}
+ \left(\!\begin{array}{c} 3 \\ 0 \\ -1 \end{array}\!\right) @@ \begin{pmatrix} 3 \\ 0 \\ -1 \end{pmatrix}
+ \left[ \begin{array}{ccc} 1 & 0 & 0 \\ 0 & 1 & 0 \\ 0 & 0 & 1 \end{array} \right] @@ \begin{pmatrix} 1&0&0\\0&1&0\\0&0&1\end{pmatrix}
+ \begin{bmatrix} \cos\theta & -\sin\theta \\ \sin\theta & \cos\theta \end{bmatrix} @@ \begin{pmatrix} \cos\theta & -\sin\theta \\ \sin\theta & \cos\theta \end{pmatrix}
+ \begin{bmatrix} 1/3 & 2/3 \\ 0 & 1 \end{bmatrix} @@ \begin{pmatrix} \frac13 & \frac23 \\ 0 & 1 \end{pmatrix}
+ \frac13 \begin{bmatrix} 1 & 2 \\ 0 & 3 \end{bmatrix} @@ \begin{pmatrix} \frac13 & \frac23 \\ 0 & 1 \end{pmatrix}
+ \begin{cases} x = 2 \\ y = 0 \\ z = 1 \end{cases} @@ x=2, y=0, z=1
+ \begin{cases} x = 2 \\ y = 0 \\ z = 1 \end{cases} @@ (2,0,1)
+ \begin{aligned} x=2,\ y=0,\ z=1 \end{aligned} @@ (x,y,z)=(2,0,1)
+ f(x) = \begin{cases} x^2 & \text{if } x > 0, \\ 0 & \text{if } x \leq 0. \end{cases} @@ \begin{cases} 0 & x \le 0 \\ x^2 & x > 0 \end{cases}
+ \begin{cases} x^2 & x > 0 \\ 0 & \text{else} \end{cases} @@ \begin{cases} x^2 & x > 0 \\ 0 & \text{otherwise} \end{cases}
+ \begin{align*} S &= 3 + 15 \\ &= 18 \end{align*} @@ 18
+ \begin{array}{|c|} \hline 18 \\ \hline \end{array} @@ 18
#environments
- \begin{bmatrix} 0 \\ 3 \\ -1 \end{bmatrix} @@ \begin{pmatrix} 3 \\ 0 \\ -1 \end{pmatrix}
- \begin{bmatrix} \cos\theta & \sin\theta \\ -\sin\theta & \cos\theta \end{bmatrix} @@ \begin{pmatrix} \cos\theta & -\sin\theta \\ \sin\theta & \cos\theta \end{pmatrix}
- \begin{cases} x = 0 \\ y = 2 \\ z = 1 \end{cases} @@ x=2, y=0, z=1
- \begin{cases} x^2 & x \ge 1 \\ 0 & \text{else} \end{cases} @@ \begin{cases} x^2 & x > 0 \\ 0 & \text{otherwise} \end{cases}
- \begin{cases} 0 & n \text{ even} \\ 2 & n \text{ odd} \end{cases} @@ \begin{cases} 2 & n \text{ even} \\ 0 & n \text{ odd} \end{cases}
#vectors
+ \left\langle -\frac12, 3 \right\rangle @@ -\frac12\hat{i} + 3\hat{j}
+ \left(-\frac{1}{2}, 3\right) @@ \left\langle -\tfrac12, 3\right\rangle
+ -\frac12 \mathbf{i} + 3\mathbf{j} @@ \begin{pmatrix} -0.5 \\ 3 \end{pmatrix}
+ \mathbf{r} = -\tfrac12 \hat{\mathbf{\imath}} + 3 \hat{\mathbf{\jmath}} @@ -\frac12\hat{i}+3\hat{j}
+ \overrightarrow{PQ} = \langle -0.5, 3\rangle @@ \langle -\frac12,3\rangle
+ \frac{1}{2}(\vec{a} + \vec{b}) @@ \frac12\vec{a}+\frac12\vec{b}
+ \frac{\mathbf{a}+\mathbf{b}}{2} @@ \frac12\vec{a}+\frac12\vec{b}
#vectors
- \langle 3, -\frac12\rangle @@ \langle -\frac12,3\rangle
- \frac12\hat{i}+3\hat{j} @@ -\frac12\hat{i}+3\hat{j}
- \frac13\vec{a}+\frac12\vec{b} @@ \frac12\vec{a}+\frac12\vec{b}
- \langle -\frac12, 3, 0, 1 \rangle @@ \langle -\frac12,3\rangle
- \langle 3, 2, 1\rangle @@ \langle 1, 2, 3\rangle
- \langle 2, 2\rangle @@ \langle 2, 2, 2 \rangle
#units
+ 13 \text{ cm} @@ 13
+ 13 @@ 13 \text{ cm}
+ 13\text{cm} @@ 13 \text{ cm}
+ 13\,\text{centimeters} @@ 13 \text{ cm}
+ 0.13 \text{ m} @@ 13 \text{ cm}
+ 130 \text{ mm} @@ 13 \text{ cm}
+ 1300 \text{ cm}^3 @@ 1.3 \text{ L}
+ 1.3 \text{ liters} @@ 1300 \text{ mL}
+ 45 \text{ seconds} @@ \frac34 \text{ minute}
+ 0.75 \text{ min} @@ 45 \text{ s}
+ 3600 \text{ s} @@ 1 \text{ hour}
+ 500 \text{ N} @@ 0.5 \text{ kN}
+ 2 \text{ tons} @@ 4000 \text{ pounds}
+ 6 \text{ feet } 3 \text{ inches} @@ 75 \text{ inches}
+ 12 \text{ sq. in.} @@ 12 \text{ square inches}
+ 12 \text{ in}^{2} @@ 12
+ \frac{\pi}{6} \text{ radians} @@ 30^\circ
+ 30 \text{ degrees} @@ \frac{\pi}{6}\text{ radians}
+ 4{:}30\text{ p.m.} @@ 4:30 \text{ PM}
+ \text{4:30 PM} @@ \text{4:30 p.m.}
+ \$0.75 @@ 75 \text{ cents}
+ 13 \text{ children} @@ 13
+ 13 \text{ cm long} @@ 13
+ 9.81\ \mathrm{m/s^{2}} @@ 9.81 \text{ m/s}^2
#units
- 13 \text{ m} @@ 13 \text{ cm}
- 13 \text{ cm} @@ 13 \text{ cm}^2
- 13 \text{ cm}^3 @@ 13 \text{ cm}^2
- 1.3 \text{ mL} @@ 1.3 \text{ L}
- 45 \text{ minutes} @@ 45 \text{ seconds}
- 36 \text{ m/s} @@ 36 \text{ km/h}
- 6 \text{ inches} @@ 6 \text{ feet}
- 30 \text{ degrees} @@ 30 \text{ radians}
- 75 \text{ dollars} @@ 75 \text{ cents}
- 4{:}30 \text{ a.m.} @@ 4{:}30\text{ p.m.}
- 5{:}30 \text{ p.m.} @@ 4{:}30\text{ p.m.}
- 9.81 \text{ m/s} @@ 9.81 \text{ m/s}^2
- 13 \text{ boys} @@ 13 \text{ girls}
- 13 \text{ hens} @@ 13 \text{ rabbits}
- 13 \text{ white balls} @@ 13 \text{ black balls}
- 13 \text{ watts} @@ 13 \text{ joules}
- 13 \text{ newtons} @@ 13 \text{ pascals}
- 13 \text{ km} @@ 13 \text{ miles}
- 13 \text{ gallons} @@ 13 \text{ liters}
- 13 \text{ decades} @@ 13 \text{ years}
- 13 \text{ \%} @@ \$13
- 13^\circ @@ 13\%
- 13^\circ\text{C} @@ 13 \text{ K}
- 13 \text{ kWh} @@ 13 \text{ kW}
- 13 \text{ amperes} @@ 13 \text{ volts}
- 13 \text{ mg} @@ 13 \text{ kg}
- 13 \text{ acres} @@ 13 \text{ square miles}
- 13 \text{ cents} @@ \pounds 13
- 13 \text{ nights} @@ 13 \text{ weeks}
#numbers
+ \dfrac{3}{8} @@ 0.375
+ \frac{3}{8} = 0.375 @@ \frac38
+ 0.375 = \frac38 @@ 0.375
+ \frac{15}{40} @@ \frac38
+ 4\frac{3}{8} @@ \frac{35}{8}
+ 4+\frac38 @@ \frac{35}{8}
+ 35/8 @@ 4\tfrac{3}{8}
+ \frac{35}{8} \text{ or } 4\frac{3}{8} @@ \frac{35}{8}
+ 1{,}024 @@ 1024
+ 1\,024 @@ 1024
+ 1.024 \times 10^3 @@ 1024
+ 2^{10} = 1024 @@ 1024
+ 32^2 @@ 1024
+ 0.\overline{45} @@ \frac{5}{11}
+ 0.4545\ldots @@ \frac{5}{11}
+ 0.4\overline{54} @@ \frac{5}{11}
+ 5.(3) @@ \frac{16}{3}
+ 5\frac13 @@ \frac{16}{3}
+ 60^\circ 15' @@ 60.25^\circ
+ \binom{8}{2}\cdot 3 @@ 84
+ _8C_2 @@ 28
+ ^8C_2 @@ 28
+ {}^8P_2 @@ 56
+ \frac{8!}{2!6!} @@ 28
+ \cos 120^\circ @@ -\frac12
+ \sin\left(\frac{\pi}{4}\right) @@ \frac{\sqrt2}{2}
+ \frac\pi3 @@ \frac{\pi}{3}
+ \frac{1}2 @@ 0.5
+ \frac 3 8 @@ 0.375
+ \sqrt{\frac{1}{2}} @@ \frac{\sqrt2}{2}
+ \sqrt2/2 @@ \frac{\sqrt{2}}{2}
+ \sqrt[4]{16} @@ 2
+ 2\sqrt{3}+3\sqrt{2} @@ 3\sqrt{2}+2\sqrt{3}
+ \log_3 81 @@ 4
+ \lg 1000 @@ 3
+ e^{\ln 7} @@ 7
+ 2+3i @@ 3i+2
+ \frac{1+i}{\sqrt{2}} @@ e^{i\pi/4}
+ \text{three} @@ 3
+ \text{nine hundred} @@ 900
+ 10110_2 @@ (10110)_2
+ \text{A and B} @@ \text{A, B}
+ \text{A, B and C} @@ A, B, C
+ \textbf{(A)} @@ A
+ \text{Choice C} @@ C
+ \text{Option (D)} @@ D
+ \mathbf{E} @@ \text{E}
#numbers
- 3.75\% @@ \frac38
- 4 \cdot \frac38 @@ 4\frac38
- 60.15^\circ @@ 60^\circ 15'
- \binom{8}{3} @@ 28
- 10110_4 @@ 10110_2
- \cos 60^\circ @@ -\frac12
- \frac{8}{3} @@ \frac38
- \text{A and C} @@ \text{A, B}
- \text{D} @@ \text{E}
- 1,024 @@ 1.024
#money
+ \$64 @@ 64
+ 64\$ @@ 64
+ \text{\$64.00} @@ 64
+ 64.00 @@ \$64
+ 64 \text{ euros} @@ €64
+ 64 \text{ euro} @@ 64
+ \text{64 dollars} @@ 64
+ \$64 \text{ million} @@ 64{,}000{,}000
+ £64 @@ 64
+ 64 \text{ yen} @@ 64
+ ¥64 @@ 64
+ 64 \text{ 日元} @@ 64
+ 64\text{ 元} @@ 64
+ 64 \text{ 本} @@ 64
+ 64 \text{ 公里} @@ 64
+ 64 \text{ 秒} @@ 64
+ 64 \text{ 円} @@ 64
+ 64 \text{ 人} @@ 64
+ 64 \text{ 원} @@ 64
+ 64 \text{ 개} @@ 64
+ 64 \text{ км/ч} @@ 64
+ 64 \text{ рублей} @@ 64
+ 64 \text{ книг} @@ 64
+ 64 \text{ секунды} @@ 64
+ 64 \text{ см} @@ 64
+ 64 \text{ кг} @@ 64
+ 64 \text{ días} @@ 64
+ 64 \text{ años} @@ 64
+ 64 \text{ minutos} @@ 64
+ 64 \text{ mètres} @@ 64
+ 64 \text{ Äpfel} @@ 64
+ 64 \text{ Stunden} @@ 64
+ 64 \text{ Jahre} @@ 64
+ 64 \text{ मिनट} @@ 64
+ 64 \text{ रुपये} @@ 64
+ 64 \text{ ساعة} @@ 64
+ 64 \text{ متر} @@ 64
+ 64 \text{ dní} @@ 64
+ 64 \text{ lat} @@ 64
+ 64 \text{ öğrenci} @@ 64
+ 64 \text{ người} @@ 64
+ 64 \text{ เมตร} @@ 64
#money
- \$64 \text{ million} @@ 64
- 64 \text{ 百万} @@ 64
- 64 \text{ тыс.} @@ 64
- 64 \text{ लाख} @@ 64
- 64 \text{ cientos} @@ 64
- 64 \text{ duzie} @@ 64
- 64 \text{ ألف} @@ 64
- £64 @@ \$64
#text
+ Spring @@ \text{Spring}
+ \text{SPRING} @@ \text{spring}
+ \textbf{spring} @@ \text{Spring}
+ \mathrm{Spring} @@ \text{Spring}
+ \text{A parallelogram} @@ \text{parallelogram}
+ \text{The graph is a parabola} @@ \text{parabola}
+ \text{Tom, Ann and Sue} @@ \text{Ann, Sue, Tom}
+ \text{Sue and Tom} @@ \text{Tom and Sue}
+ \text{yes} @@ \text{Yes}
+ \text{No.} @@ \text{No}
+ \text{Train B} @@ \text{B}
+ \text{Alice's} @@ \text{Alice's}
+ \text{on Tuesday} @@ \text{Tuesday}
+ \text{acute triangle} @@ \text{acute}
#text
- \text{Autumn} @@ \text{Spring}
- \text{trapezoid} @@ \text{parallelogram}
- \text{Tom} @@ \text{Tom and Sue}
- \text{not Spring} @@ \text{Spring}
- \text{Spring or Autumn} @@ \text{Spring}
- \text{Yes, no} @@ \text{Yes}
- \text{increasing} @@ \text{decreasing}
#wrappers
+ x=19 @@ 19
+ x = \boxed{19} @@ 19
+ \therefore 19 @@ 19
+ \Longrightarrow 19 @@ 19
+ \approx 19.0 @@ 19
+ \text{So, } x = 19 @@ 19
+ \text{Thus } 19 @@ 19
+ \text{Result: } 19 @@ 19
+ \text{Solution: } x = 19 @@ 19
+ \text{the answer is 19} @@ 19
+ \text{x = 19} @@ 19
+ \mathbf{Answer: 19} @@ 19
+ k_{\max} = 19 @@ 19
+ n_{\text{min}} = 19 @@ 19
+ V_{\text{total}} = 19 @@ 19
+ A_{\triangle} = 19 @@ 19
+ m\angle ABC = 19^\circ @@ 19
+ BC^2 = 19 @@ 19
+ AB + CD = 19 @@ 19
+ f(g(2)) = 19 @@ 19
+ (f\circ g)(2) = 19 @@ 19
+ f^{-1}(5) = 19 @@ 19
+ g(x) = 19 @@ 19
+ \|\mathbf{v}\| = 19 @@ 19
+ \operatorname{Var}(X) = 19 @@ 19
+ P(A|B) = \frac{1}{19} @@ \frac1{19}
+ \Pr[X>2] = \frac1{19} @@ \frac1{19}
+ \int_0^1 g = 19 @@ 19
+ \lim_{n\to\infty} a_n = 19 @@ 19
+ \sum_{k=0}^{5} c_k = 19 @@ 19
+ |S| = 19 @@ 19
+ \#S = 19 @@ 19
+ a_1 + a_2 + a_3 = 19 @@ 19
+ xy = 19 @@ 19
+ \frac{x}{y} = 19 @@ 19
+ x - y = 19 @@ 19
+ 12 + 7 = 19 @@ 19
+ \lceil 18.2 \rceil = 19 @@ 19
+ \textit{19} @@ 19
+ \textsl{19} @@ 19
+ \textcolor{green}{19} @@ 19
+ \color{blue}19 @@ 19
+ {19}. @@ 19
+ 19~ @@ 19
+ 19 \,\checkmark @@ 19
+ 19 \;\blacksquare @@ 19
+ 19 \hspace{5pt} @@ 19
+ 19 \qquad (1) @@ 19
+ \hfill 19 @@ 19
+ \mathop{19} @@ 19
+ \overbrace{19} @@ 19
+ \(19\) @@ 19
+ $19$ @@ 19
+ \$\$19\$\$ @@ 19
+ *19* @@ 19
+ __19__ @@ 19
+ "19" @@ 19
+ \begin{flalign} 19 \end{flalign} @@ 19
+ \pi \approx 3.14 @@ \pi
+ 3\pi \approx 9.42 @@ 3\pi
#wrappers
- 2n = 38 @@ 38
- n - 1 = 19 @@ 19
- 3x + 1 = 19 @@ 19
- \ne 19 @@ 19
- \approx 20 @@ 19
- 19 \to 20 @@ 19
- 19 \ne 20 @@ 20
- \bcancel{19} @@ 19
- \sout{19} @@ 19
- \not= 19 @@ 19
- \overset{x}{19} @@ 19
- 19' @@ 19
- 19^{*} @@ 19
- \neg 19 @@ 19
- 19 \vee 20 @@ 19
#invisible
+ ​65​ @@ 65
+ 65‎ @@ 65
+ 6‍5 @@ 65
+ ⁢65 @@ 65
+ ﻿65 @@ 65
+ 65  @@ 65
+ 65 \text{kg} @@ 65
+ —65 @@ -65
+ ６５ @@ 65
+ 6⁵ @@ 7776
+ ⅗ @@ \frac35
+ a₃ = 65 @@ 65
+ π @@ \pi
+ ≈ 65 @@ 65
+ x ∈ {1, 2} @@ 1, 2
+ √2⁄2 @@ \frac{\sqrt2}{2}
+ 65 @@ ​65
#ratios
+ 3:11 @@ \frac{3}{11}
+ 3 : 11 @@ 3:11
+ 9:33 @@ 3:11
+ 3 \text{ to } 11 @@ 3:11
+ \text{3 to 11} @@ 3:11
+ \frac{3}{11} @@ 3:11
+ 3/11 @@ 3:11
+ 3 \mathrel{:} 11 @@ 3:11
+ 3 \,:\, 11 @@ 3:11
+ x:y:z = 2:3:7 @@ 2:3:7
+ 4:6:14 @@ 2:3:7
+ \frac{2}{7}:\frac{3}{7}:1 @@ 2:3:7
#ratios
- 11:3 @@ 3:11
- 3:14 @@ 3:11
- \frac{11}{3} @@ 3:11
- 3:8 @@ 3:11
#empty
+ \emptyset @@ \{\}
+ \text{no solution} @@ \text{No solutions exist}
+ \text{None} @@ \emptyset
+ \text{No solution} @@ \{ \}
+ \text{Does not exist} @@ \text{DNE}
+ \text{no integer solutions} @@ \text{no integer solution}
+ \text{The equation has no real solutions} @@ \text{no real solutions}
#empty
- \{0\} @@ \{\}
- \text{one} @@ \text{none}
- -\infty @@ \infty
- \text{exists} @@ \text{does not exist}
#coordinates
+ H(5,-8) @@ (5,-8)
+ H=(5,-8) @@ (5,-8)
+ H\,(5,\,-8) @@ (5,-8)
+ \text{Point } H(5,-8) @@ (5,-8)
+ \text{The coordinates are } (5,-8) @@ (5,-8)
+ \text{The point is } (5,-8) @@ (5,-8)
+ x=5,\;y=-8 @@ (5,-8)
+ x=5 \text{ and } y=-8 @@ (5,-8)
+ (x,y)=(5,-8) @@ (5,-8)
+ y=-8,x=5 @@ (5,-8)
+ (5, -8) \text{ and } (0, 1) @@ (0,1), (5,-8)
+ \{(0,1),(5,-8)\} @@ (5,-8), (0,1)
+ (x,y) = (5,-8) \text{ or } (0,1) @@ (5,-8), (0,1)
+ (x,y) = (5,-8), (0,1) @@ (0,1),(5,-8)
+ a = 3, b = 2, c = 9 @@ (a,b,c) = (3,2,9)
+ (3,2,9) @@ a=3, b=2, c=9
+ a=3; b=2; c=9 @@ (3,2,9)
#coordinates
- (y,x)=(5,-8) @@ (5,-8)
- x=-8, y=5 @@ (5,-8)
- (5,8) @@ (5,-8)
- a=2,b=3,c=9 @@ (3,2,9)
- (0,-8),(5,1) @@ (5,-8), (0,1)
#before
- \text{minus } 76 @@ 76
- \text{opposite of } 76 @@ 76
- \text{half of } 76 @@ 76
- \text{double } 76 @@ 76
- \text{sqrt } 76 @@ 76
- \text{ln } 76 @@ 76
- \text{the exponent of } 76 @@ 76
- \text{the multiplicative inverse of } 76 @@ 76
- \text{the first digit of } 76 @@ 76
- \text{the last digit of } 76 @@ 76
- \text{the number of factors of } 76 @@ 76
- \text{the prime factorization of } 76 @@ 76
- \text{the largest prime below } 76 @@ 76
- \text{the next number after } 76 @@ 76
- \text{fewer than } 76 @@ 76
- \text{smaller than } 76 @@ 76
- \text{not more than } 76 @@ 76
- \text{not less than } 76 @@ 76
- \text{in excess of } 76 @@ 76
- \text{within } 76 @@ 76
- \text{plus or minus } 76 @@ 76
- \text{four times } 76 @@ 76
- \text{four more than } 76 @@ 76
- \text{a tenth of } 76 @@ 76
- \text{tenth root of } 76 @@ 76
- \text{everything except } 76 @@ 76
- \text{not divisible by } 76 @@ 76
- \text{any multiple of } 76 @@ 76
- \text{all divisors of } 76 @@ 76
- \text{none of } 76 @@ 76
- \text{it can't be } 76 @@ 76
- \text{impossible to be } 76 @@ 76
- \text{doubtful } 76 @@ 76
- \text{never } 76 @@ 76
- \text{x times } 76 @@ 76
- \text{two point } 76 @@ 76
- \text{hundred and } 76 @@ 76
- \text{one } 76 @@ 76
- \text{thousand } 76 @@ 76
- \text{per } 76 @@ 76
- \text{after } 76 @@ 76
- \text{until } 76 @@ 76
#before
+ \text{precisely } 76 @@ 76
+ \text{The total number is } 76 @@ 76
+ \text{Answer is } 76 @@ 76
#double
+ 0.4444444444444444 @@ \frac49
+ 4.242640687119286 @@ 3\sqrt2
+ 2.8284271247461903 @@ \sqrt8
+ 1.5707963267948966 @@ \frac{\pi}{2}
+ 0.7853981633974483 @@ \pi/4
+ 0.9659258262890683 @@ \cos 15^\circ
+ 1.189207115002721 @@ \sqrt[4]{2}
+ 0.05263157894736842 @@ \frac1{19}
+ -1.4142135623730951 @@ -\sqrt2
+ 3.0000000000000004 @@ 3
+ 0.6000000000000001 @@ 0.6
#double
- 0.4444454444444444 @@ \frac49
- 4.242641687119286 @@ 3\sqrt2
- 18.84955692153876 @@ 6\pi
- 4.2 @@ 3\sqrt2
#after
- 52 \text{ dozen} @@ 52
- 52 \text{ hundreds} @@ 52
- 52 \text{ hundredths} @@ 52
- 52 \text{ thirds} @@ 52
- 52 \text{ fourths} @@ 52
- 52 \text{ twelfths} @@ 52
- 52 \text{ to the power } 2 @@ 52
- 52 \text{ to the power of ten} @@ 52
- 52 \text{ factorial} @@ 52
- 52 \text{ bn} @@ 52
- 52 \text{ billions} @@ 52
- 52 \text{ kilo} @@ 52
- 52 \text{ mega} @@ 52
- 52 \text{ or higher} @@ 52
- 52 \text{ or lower} @@ 52
- 52 \text{ and } 53 @@ 52
- 52 \text{ through } 60 @@ 52
- 52 \text{ plus } x @@ 52
- 52 \text{ percent of } x @@ 52
- 52 \text{ times } y @@ 52
- 52 \text{ per } y @@ 52
- 52 \text{ x} @@ 52
- 52 \text{ z} @@ 52
- 52 \text{ choose } 5 @@ 52
- 52 \text{ modulo } 5 @@ 52
- 52 \text{ squared plus one} @@ 52
- 52 \text{ is wrong} @@ 52
- 52 \text{ is false} @@ 52
- 52 \text{ is an upper bound} @@ 52
- 52 \text{ is too small} @@ 52
- 52 \text{ does not work} @@ 52
- 52 \text{ at most} @@ 52
- 52 \text{ more than } z @@ 52
- 52 \text{ smaller than } z @@ 52
- 52 \text{ halves} @@ 52
- 52 \text{ reciprocal} @@ 52
- 52 \text{ backwards} @@ 52
- 52 dozen @@ 52
- 52 hundred @@ 52
- 52 k @@ 52
- 52 squared @@ 52
#after
+ 5 \text{ dozen} @@ 60
+ 5 \text{ thirds} @@ \frac53
+ 5 \text{ hundred} @@ 500
+ 5 \text{ billion} @@ 5 \times 10^9
+ 52 \text{ students} @@ 52
+ 52 \text{ possible arrangements} @@ 52
+ 52 \text{ square units} @@ 52
+ 52 \text{ pairs} @@ 52
#families
+ x = \frac{\pi}{12} + \frac{k\pi}{2}, k \in \mathbb{Z} @@ x = \frac{\pi}{12} + \frac{n\pi}{2}, n \in \mathbb{Z}
+ \frac{\pi}{12} + \frac{\pi}{2} n @@ x = \frac{\pi}{12} + \frac{n\pi}{2}, n \in \mathbb{Z}
+ \left\{ x \mid x = \frac{\pi}{12} + \frac{k\pi}{2}, k \in \mathbb{Z} \right\} @@ x = \frac{\pi}{12} + \frac{n\pi}{2}, n \in \mathbb{Z}
+ x = \frac{\pi(6n+1)}{12}, n \in \mathbb{Z} @@ x = \frac{\pi}{12} + \frac{n\pi}{2}, n \in \mathbb{Z}
+ x = 15^\circ + 90^\circ k, k \in \mathbb{Z} @@ 15^\circ + 90^\circ n, n \in \mathbb{Z}
+ y \equiv 3 \pmod{10} @@ y = 10k + 3, k \in \mathbb{Z}
+ y \equiv 13 \mod 10 @@ y \equiv 3 \pmod{10}
+ 3 + 10k, k \in \mathbb{Z} @@ y \equiv 3 \pmod{10}
+ y = 10k - 7 \text{ for some integer } k @@ y \equiv 3 \pmod{10}
#families
- x = \frac{\pi}{12} + k\pi, k \in \mathbb{Z} @@ x = \frac{\pi}{12} + \frac{n\pi}{2}, n \in \mathbb{Z}
- y \equiv 7 \pmod{10} @@ y \equiv 3 \pmod{10}
- y = 5k+3, k \in \mathbb{Z} @@ y \equiv 3 \pmod{10}
"""
