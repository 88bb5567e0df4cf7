# ruff: noqa: E501
"""Pairs of truth and answer for grader `exact` in two sets by kind, the first written without sight of its rules.

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
"""
