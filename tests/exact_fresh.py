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
"""
