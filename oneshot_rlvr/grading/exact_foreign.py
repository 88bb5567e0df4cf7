"""Words of other languages that name a unit or a counted thing, for grader `exact`: an allow-list, as in English.

Latin and Greek words are looked up without their accents, Cyrillic ones by their stems.
"""

import re
import unicodedata

_LATIN = frozenset(
    """stuck schuler schulerin madchen bucher apfel hauser glaser manner baume raume facher losungen moglichkeiten
    korper wurfel zlotych osob osoby ksiazek jablek uczniow sposobow rozwiazan dziewczat chlopcow mezczyzn
    koruna litru metru kilometru gramu zaku zpusobu reseni ar dagar applen bocker losningar manader paivaa ora
    ev fo eve honap gun yil kisi ogrenci cocuk cozum kurus gio phut giay ngay thang nam met dong nguoi qua cai
    hoc sinh tuoi chiec cach annee journee eleve piece degre etudiant ano anos nino dia dias lapis maca crianca
    baieti saptamani kroner metre kilometre centimetre millimetre carre carres""".split()
)
_GREEK = frozenset(
    """μετρα μετρο χιλιομετρα εκατοστα ωρες ωρα λεπτα λεπτο δευτερολεπτα ημερες μερες εβδομαδες μηνες χρονια ετη
    ευρω γραμμαρια κιλα λιτρα ατομα μαθητες παιδια μηλα βιβλια τροποι μοιρες""".split()
)
_CYRILLIC = re.compile(
    "(?:час|секунд|сек|минут|хвилин|мин|годин|год|лет|дн|ден|день|сут|недел|тиж|месяц|місяц|рік|рок|"
    "(?:кило|санти|милли|деци|микро)?метр|(?:кило|милли)?грамм?|тонн|(?:милли)?литр|рубл|копе|гривн|грн|долл|евро|цент|"
    "тенге|градус|вольт|ватт|ампер|джоул|кв|куб|шт|штук|человек|люд|чел|дет|ребен|ребят|мальчик|девоч|учени|студент|"
    "школьн|яблок|груш|книг|страниц|карт|карандаш|тетрад|шар|мяч|монет|конфет|яиц|яйц|цвет|дерев|машин|кошек|собак|"
    "точ|прям|сторон|угл|вершин|гран|ребр|решени|способ|вариант|раз|единиц|элемент|множеств|комнат|дом|этаж|стран|"
    "билет|рабоч|команд|групп|игр|ход)[а-яёіїєґ]{0,4}"
)
_CHINESE = re.compile(
    "(?:[千公]克|[千公]米|千瓦|[个個名位人天日月年岁歳周週小时時分秒钟间間点點度米尺寸里吨斤克升毫厘平立方公元角块圆円韩日美只隻头頭匹条條张張"
    "民币本枚颗顆棵种種次回件台辆輛道题題页頁层层株朵把支枝根片家所班级級组組学學生员員工男女孩子老师師冊匹羽軒番目通り])+"
)
_OTHERS = frozenset(
    """メートル センチメートル センチ ミリメートル ミリ キロメートル キログラム キロ グラム ミリグラム リットル
    ミリリットル トン ドル ユーロ つ ヶ月 か月 カ月 ページ りんご みかん ボール カード 개 명 원 분 초 시 시간 일
    주 월 년 살 세 도 번 권 마리 대 장 자루 송이 그루 가지 사람 학생 점 병 잔 미터 킬로미터 센티미터 밀리미터
    그램 킬로그램 밀리그램 리터 밀리리터 톤 평방미터 제곱미터 제곱센티미터 달러 유로 개월 쪽 페이지 조각 칸 층
    문제 상자 사과 공 책 카드 मीटर किलोमीटर सेंटीमीटर मिलीमीटर ग्राम किलोग्राम लीटर घंटे घंटा घंटों मिनट सेकंड
    सेकेंड दिन दिनों सप्ताह हफ्ते महीने साल वर्ष रुपये रुपए रुपया पैसे डॉलर लोग व्यक्ति छात्र बच्चे लड़के
    लड़कियां सेब आम गेंद गेंदें किताबें पुस्तकें तरीके डिग्री वर्ग इकाई किमी किग्रा सेमी मिमी متر أمتار امتار
    كيلومتر سنتيمتر سم كم ملم مم غرام جرام كيلوغرام كيلوجرام كجم كغ لتر ساعة ساعات دقيقة دقائق ثانية ثوان ثواني
    يوم أيام ايام أسبوع أسابيع شهر أشهر شهور سنة سنوات عام دولار دينار درهم ريال جنيه يورو شخص أشخاص طالب طلاب
    طفل أطفال رجل تفاحة تفاحات كتاب كتب كرة كرات قطعة قطع درجة مربع مكعب وحدة نقطة نقاط طريقة طرق گھنٹے گھنٹہ
    گھنٹوں منٹ سیکنڈ دن ہفتے مہینے سال روپے روپیہ میٹر کلومیٹر سینٹی گرام کلوگرام لیٹر لوگ طلباء بچے سیب کتابیں
    ساعت دقیقه ثانیه روز هفته ماه کیلومتر سانتیمتر کیلوگرم گرم لیتر تومان ریال نفر عدد کتاب שעות שעה דקות דקה
    שניות ימים יום שבועות חודשים שנים מטר מטרים קילומטר גרם קילוגרם ליטר שקל שקלים דולר ילדים אנשים תלמידים
    תפוחים ספרים מעלות คน บาท เมตร กิโลเมตร เซนติเมตร กรัม กิโลกรัม ลิตร ชั่วโมง นาที วินาที วัน สัปดาห์ เดือน
    ปี ลูก เล่ม ตัว ใบ ผล টাকা মিটার কিলোমিটার গ্রাম ঘণ্টা মিনিট দিন বছর জন টি""".split()
)
_LETTERS = str.maketrans("łøđıßæœ", "lodisao")


def folded(word: str) -> str:
    """A Latin or Greek word without its accents: `mètres` is `metres`."""
    plain = unicodedata.normalize("NFKD", word.translate(_LETTERS))
    return "".join(char for char in plain if not unicodedata.combining(char))


def names_a_thing(word: str) -> bool:
    """Tells whether a lower-case word outside ASCII is a listed unit or counted thing."""
    plain = folded(word)
    known = plain in _LATIN or plain in _GREEK or word in _OTHERS
    return known or bool(_CYRILLIC.fullmatch(word) or _CHINESE.fullmatch(word))
