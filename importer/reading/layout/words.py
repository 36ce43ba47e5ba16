"""The words by which people head their columns, in many languages, and how words compare. Pure."""

from __future__ import annotations

import re
import unicodedata

_PHONE = """
    phone|phones|phone number|phone numbers|phone no|phone nos|phonenumber|phonenumbers|phone num
    mobile|mobiles|mobile number|mobile numbers|mobile no|mobile phone|mobile phone number
    mobilephone|cell|cell phone|cellphone|cell number|cell no|tel|tel no|tel number|telephone
    telephones|telephone number|telephone no|contact number|contact no|contact phone
    contact mobile|contact tel|msisdn|handphone|handphone number|hp no|whatsapp|whatsapp number
    handy|handynummer|handynr|mobilnummer|mobil|mobilnr|mobiltelefon|telefon|telefonnummer
    telefonnr|telefon nr|rufnummer|rufnr|mobilfunk|mobilfunknummer|festnetz
    telefono|teléfono|teléfonos|telefonos|número de teléfono|numero de telefono|nº de teléfono
    móvil|movil|celular|número de celular|cellulare|numero di telefono|numero di cellulare
    telefone|telefones|número de telefone|telemóvel|telemovel|nº telefone
    téléphone|téléphones|numéro de téléphone|n de téléphone|portable|téléphone portable
    numéro de portable|gsm|telefoonnummer|telefoon|mobiel|mobiel nummer|mobiele nummer
    mobilnummer|telefonnumre|telefonummer|puhelin|puhelinnumero|matkapuhelin|gsm numero|puh
    sími|símanúmer|telefonas|telefono numeris|tālrunis|tālruņa numurs|telefoninumber
    telefon komórkowy|numer telefonu|nr telefonu|komórka|telefonní číslo|telefonne cislo
    telefónne číslo|mobilní telefon|telefonszám|mobilszám|număr de telefon|numar telefon
    nr telefon|telefonska številka|broj telefona|broj mobitela|mobitel|numri i telefonit
    telefon numarası|telefon no|cep|cep telefonu|cep no|gsm no|telefon raqami
    nomor hp|nomor telepon|no hp|no telepon|no telp|no tel|telepon|nombor telefon|no telefon
    no tel bimbit|số điện thoại|điện thoại|sđt|sdt|di động|so dien thoai|dien thoai
    телефон|телефоны|номер телефона|мобильный|мобильный телефон|моб телефон|тел|сотовый
    номер телефону|мобільний|телефонен номер|мобилен|број телефона|тэлефон
    τηλέφωνο|αριθμός τηλεφώνου|κινητό|κινητό τηλέφωνο|τηλ
    טלפון|מספר טלפון|נייד|טלפון נייד|هاتف|الهاتف|رقم الهاتف|رقم الجوال|الجوال|جوال|موبايل
    رقم الموبايل|تلفن|شماره تلفن|موبایل|شماره موبایل|تلفن همراه|فون نمبر|موبائل نمبر
    फ़ोन|फोन|फोन नंबर|मोबाइल|मोबाइल नंबर|मोबाईल नंबर|ফোন|ফোন নম্বর|মোবাইল|মোবাইল নম্বর
    தொலைபேசி|தொலைபேசி எண்|மொபைல்|ఫోన్|ఫోన్ నంబర్|ਫੋਨ|દૂરભાષ|મોબાઇલ
    เบอร์โทร|เบอร์โทรศัพท์|เบอร์|โทรศัพท์|เบอร์มือถือ|มือถือ|หมายเลขโทรศัพท์
    លេខទូរស័ព្ទ|ເບີໂທ|ဖုန်း|ဖုန်းနံပါတ်|утас|утасны дугаар
    手机|手机号|手机号码|电话|电话号|电话号码|号码|联系电话|联系方式|联系手机|移动电话|座机|固定电话|客户电话|客户手机
    手機|手機號|手機號碼|電話|電話號碼|號碼|聯絡電話|聯繫電話|連絡電話|行動電話|流動電話|市話
    電話番号|携帯|携帯電話|携帯番号|携帯電話番号|連絡先|連絡先電話番号|전화|전화번호|휴대폰|휴대폰번호|휴대전화|핸드폰|연락처
"""
_PERHAPS = "number|no|num|numbers|nummer|nr|número|numéro|номер|番号|번호|contact|kontakt|line"
_COUNTRY = """
    country|country code|countrycode|country name|country iso|country region|nation|region
    region code|iso|iso code|iso2|iso3|iso country|calling code|dial code|dialling code|land
    länder|ländercode|landcode|landesvorwahl|länderkürzel|pays|code pays|país|pais|código de país
    codigo pais|paese|nazione|land|landskod|maa|kraj|země|krajina|ország|țară|tara|država|država
    ülke|ulke|ülke kodu|negara|kode negara|quốc gia|страна|код страны|країна|държава|χώρα
    ארץ|מדינה|الدولة|البلد|دولة|بلد|کشور|देश|ประเทศ
    国家|国家代码|国家地区|国家 地区|地区|国别|区号|國家|國家地區|國家代碼|地區|國別
    国|国名|国番号|국가|국가코드|나라
"""
_TOTAL = """
    total|totals|grand total|subtotal|sub total|sum|count|average|overall|total count|total number
    total rows|total records|number of rows|summe|gesamt|gesamtsumme|anzahl|zwischensumme|somme
    total général|totaux|nombre|suma|totales|total general|recuento|soma|totais|totale|somma
    totaal|summa|yhteensä|totalt|i alt|razem|ogółem|celkem|spolu|összesen|ukupno|skupaj
    toplam|genel toplam|jumlah|total keseluruhan|tổng|tổng cộng|cộng|итого|всего|сумма|усього
    σύνολο|סהכ|المجموع|الإجمالي|مجموع|कुल|योग|รวม|รวมทั้งหมด
    合计|总计|小计|共计|总数|總計|合計|小計|總數|共計|汇总|匯總|計|합계|총계|소계
"""
_OTHER = """
    id|ids|uid|uuid|key|order|invoice|account|acct|amount|price|cost|total|qty|quantity|balance
    sum|date|time|year|month|day|birthday|dob|zip|zipcode|postcode|postal|plz|sku|barcode|ean|isbn
    serial|ref|reference|tax|vat|iban|bic|bank|card|ssn|passport|licence|license|score|points|age
    height|weight|revenue|salary|budget|latitude|longitude|lat|lng|lon|rechnung|kunde|kundennummer
    kundennr|bestellung|betrag|datum|konto|commande|facture|montant|pedido|factura|importe|fecha
    订单|订单号|订单编号|编号|序号|金额|价格|数量|日期|时间|身份证|身份证号|身份证号码|银行卡|卡号|账号|邮编|学号|工号|会员号|客户编号
    訂單|訂單編號|編號|序號|金額|價格|數量|時間|身份證|銀行卡|卡號|帳號|郵編|郵便番号|注文番号|顧客番号|番号|qq|qq号
"""
_LIKELY = frozenset(["phone", "mobile", "tel", "telephone", "cellphone", "msisdn", "whatsapp"])


def plain(name: str) -> str:
    """Fold case, width and punctuation: `Phone_No.` and `phone no` are one name."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return re.sub(r"[\W_]+", " ", folded).strip() if folded.isascii() else _plain_letters(folded)


def _plain_letters(folded: str) -> str:
    # Vowel signs of Indic and Thai scripts are marks, which \W would cut out of their words.
    kept = (
        char if char.isalnum() or unicodedata.category(char).startswith("M") else " "
        for char in folded
    )
    return " ".join("".join(kept).split())


def _names(listed: str) -> frozenset[str]:
    return frozenset(plain(name) for name in listed.replace("\n", "|").split("|") if name.strip())


PHONE, PERHAPS, COUNTRY, OTHER = map(_names, (_PHONE, _PERHAPS, _COUNTRY, _OTHER))


def base(name: str) -> str:
    """Return a header without its counter: `Phone 1`, `Phone (2)` and `Phone` are one."""
    return re.sub(r"\s+", " ", re.sub(r"\d+", " ", plain(name))).strip()


def rank(name: str) -> int:
    """Rate a header as that of phone numbers: 3 surely, 2 likely, 1 perhaps, 0 by no means.

    `customer phone` and `phone number 1` are likely, `phone type` is not.
    """
    bare = base(name)
    if bare in PHONE:
        return 3
    words = bare.split()
    while words and words[-1] in PERHAPS:
        words.pop()
    if words and words[-1] in _LIKELY:
        return 2
    return 1 if bare in PERHAPS else 0


def is_country(name: str) -> bool:
    """Whether a header is that of the rows' countries."""
    return plain(name) in COUNTRY


def _labels() -> frozenset[str]:
    words = [word.strip() for word in _TOTAL.replace("\n", "|").split("|") if word.strip()]
    written = {
        form for word in words for form in (word, word.capitalize(), word.title(), word.upper())
    }
    return frozenset(form + end for form in written for end in ("", ":", " :", "：", "."))


TOTALS = _labels()
"""What labels a line of sums, as people write it; looked up as it is, for there may be millions."""


def is_other(name: str) -> bool:
    """Whether a header is that of something else that is made of digits, such as an order."""
    bare = plain(name)
    return bare in OTHER or any(word in OTHER for word in bare.split())


def knows_foreign_word(text: str) -> bool:
    """Whether the first lines hold a header word that is known and is not plain ASCII."""
    for line in text.splitlines()[:20]:
        if line.isascii():
            continue
        for name in re.split(r"[,;\t|]", line):
            if not name.isascii() and (rank(name) == 3 or is_country(name)):
                return True
    return False
