"""The words by which people head their columns, in many languages, and how words compare. Pure."""

from __future__ import annotations

import re
import unicodedata

_PHONE = """
    ph no|ph number|phno
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
    手机|手机号|手机号码|电话|电话号|电话号码|号码|联系电话|联系方式|联系手机|移动电话|座机
    固定电话|客户电话|客户手机
    手機|手機號|手機號碼|電話|電話號碼|號碼|聯絡電話|聯繫電話|連絡電話|行動電話|流動電話|市話
    電話番号|携帯|携帯電話|携帯番号|携帯電話番号|連絡先|連絡先電話番号|전화|전화번호|휴대폰
    휴대폰번호|휴대전화|핸드폰|연락처
"""
_PERHAPS = """
    number|no|num|numbers|nummer|nr|n|número|numero|numéro|номер|番号|번호|№|contact|contacts
    kontakt
    contacto|contato|contatto|line|home|work|office|private|business|other|main|primary|secondary
    personal|direct|privat|geschäftlich|dienstlich|arbeit|büro|zuhause|domicile|bureau|travail
    maison|casa|trabajo|oficina|trabalho|escritório|lavoro|ufficio|thuis|werk|hem|arbete|hjem
    arbejde|dom|praca|domů|práce|дом|домашний|рабочий|работа|住宅|家庭|公司|办公|辦公|自宅|会社
    집|직장
    ph|m|t|p|contact details|contact info|contact information|kontaktdaten|recipient|recipients
    destination|receiver|called number|caller|caller id|to|from|cli
"""
_ORDINAL = "no|nr|n|num|número|numero|numéro|nummer|номер|番号|번호|№|id"
_COUNTRY = """
    country|country code|countrycode|country name|country iso|country region|nation|land|länder
    ländercode|landcode|länderkürzel|pays|code pays|país|pais|código de país|codigo pais|paese
    nazione|landskod|maa|kraj|země|krajina|ország|țară|tara|država|država|ülke|ulke|ülke kodu
    negara|kode negara|quốc gia|quoc gia|страна|код страны|країна|държава|χώρα|ארץ|מדינה|الدولة
    البلد
    دولة|بلد|کشور|देश|ประเทศ|国家|国家代码|国家地区|国家 地区|国别|國家|國家地區|國家 地區
    國家代碼
    國別|    国|国名|국가|국가코드|나라|iso country|iso2|iso3|riik|valsts|šalis|salis
    land region|shteti|cntry|ctry|țară|țara|stát|štát|држава|nchi
    staat|land staat|страна регион|pays région|país región|país região|paese regione
    country cd|ctry cd|ctry code|cntry cd|cntry code|lkz|länderkennzeichen|landeskennzeichen
    länderkennung|landkürzel|wohnland|wohnsitzland|sitzland|landnaam|landkod|land kod|landekode
    land kode|landskode|maakoodi|maatunnus|kod kraju|kod państwa|państwo|kód země|kód státu
    kód krajiny|országkód|ország kód|cod țară|cod tara|codul țării|код країни|код на държава
    κωδικός χώρας|קוד מדינה|رمز الدولة|رمز البلد|کد کشور|รหัสประเทศ|देश कोड|mã quốc gia|kod negara
    bansa|国コード|código del país|cód país|cod pais|codpais|codice paese|codice nazione|cod paese
"""
_DIALLING = """
    calling code|dial code|dialling code|dialing code|isd code|isd|country calling code|phone code
    country dial code|country dialing code|country dialling code|international code|intl code
    international dialling code|phone country code|phone country|mobile country code|tel code
    telephone country code|landesvorwahl|ländervorwahl|landvorwahl|landnummer|indicatif pays
    indicatif international|indicatif du pays|prefisso internazionale|prefijo internacional
    código internacional|international prefix|phone prefix|country prefix|国番号|국가번호
    国际区号|    國際區號|国家区号|國家區號|国家码|國碼|国码|код страны телефона
    телефонный код страны
    országhívó|országhívó szám|předvolba země|kierunkowy kraju|numer kierunkowy kraju|maanumero
    landenummer|    phone region|phone iso|phone country iso|phone country name|mobile country
"""
_COUNTRY_OF_PERSON = """
    nationality|nation of origin|citizenship|country of birth|birth country|origin|place of birth
    country of origin|country of citizenship|nationalität|staatsangehörigkeit|geburtsland|herkunft
    nationalité|pays de naissance|nacionalidad|país de nacimiento|nacionalidade|naturalidade
    nazionalità|cittadinanza|nationaliteit|geboorteland|medborgarskap|kansalaisuus|obywatelstwo
    herkunftsland|ursprungsland|land van herkomst|pays d origine|país de origen|país de origem
    paese di origine|nat|
    narodowość|uyruk|kewarganegaraan|quốc tịch|állampolgárság|гражданство|国籍|國籍|국적|الجنسية
"""
_COUNTRY_OF_SELLER = "store|branch|office location|shop|filiale|sucursal|succursale|门店|店铺|分店"
_COUNTRY_PERHAPS = """
    region|region code|area|area code|state|province|territory|market|code|prefix|iso|iso code|cc
    cc code
    location|geo|vorwahl
    indicatif
    prefisso|prefijo|prefixo|kengetal|netnummer|区号|區號|地区|地區|地域|지역|区域|區域|регион
    región
    região|regione|région|bundesland|estado|stato|état|provincia|dial|dialing|code postal pays
    where
    ccode|country id|alpha2|alpha 2|alpha 3|idd|ddi|kierunkowy|numer kierunkowy|nr kierunkowy
    předvolba|predvoľba|riktnummer|suuntanumero|alan kodu|indicatif téléphonique|domicile|living in
    based in|lives in|residence|residency|wohnort|ort|locale country
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
    cpf|cnpj|rg|dni|nif|nie|cif|rut|curp|rfc|siret|siren|nino|aadhaar|aadhar|pan|gst|gstin|tin|ein
    npi|nric|hkid|инн|снилс|огрн|паспорт|pesel|nip|regon|bsn|kvk|cuit|cuil|cedula|cédula|nit|ruc
    steuernummer|personnummer|cpr|oib|jmbg|tckn|imei|iccid|imsi|mac|ip|asin|upc|gtin|lot|batch
    height|weight|revenue|salary|budget|latitude|longitude|lat|lng|lon|rechnung|kunde|kundennummer
    kundennr|bestellung|betrag|datum|konto|commande|facture|montant|pedido|factura|importe|fecha
    订单|订单号|订单编号|编号|序号|金额|价格|数量|日期|时间|身份证|身份证号|身份证号码|银行卡
    卡号|账号|邮编|学号|工号|会员号|客户编号
    訂單|訂單編號|編號|序號|金額|價格|數量|時間|身份證|銀行卡|卡號|帳號|郵編|郵便番号|注文番号
    顧客番号|番号|qq|qq号
"""
_PHONE_WORDS = """
    phone|phones|tel|tels|telf|tlf|tlfn|tfno|tfn|tfnr|mob|mobile|mobiles|mobil|mobiel|movil|cell
    cel|cellphone|gsm|msisdn|handy|whatsapp|wa|viber|sms|hp|cep|sdt|тел|моб|τηλ|handys|natel
    mobilephone|handphone|landline|festnetz|contactno|phoneno|mobileno|telno|hpno|callback
"""
"""Words that make a longer header one of phone numbers, as in `Customer mobile (preferred)`."""
PHONE_STEMS = (
    "telefon", "telephon", "telefoon", "telefono", "telemovel", "telepon", "mobil", "rufnummer",
    "handynummer", "celular", "cellular", "cellulare", "puhelin", "matkapuhelin", "komorkow",
    "mobitel", "phonenumber", "phoneno", "телефон", "мобильн", "мобільн", "сотов", "τηλεφων",
    "κινητ", "טלפון", "נייד", "هاتف", "جوال", "موبايل", "تليفون", "โทร", "มือถือ", "फोन", "मोबाइल",
    "ফোন", "মোবাইল", "전화", "휴대폰", "휴대전화", "핸드폰", "电话", "電話", "手机", "手機", "携帯",
    "dien thoai", "đien thoai", "whatsapp", "cellphone", "mobilephone", "homephone", "workphone",
)  # fmt: skip
"""What such words begin with, and in scripts without spaces also stands in their middle."""
_ASIDE_BEHIND = """
    type|types|label|labels|kind|model|models|brand|make|maker|manufacturer|os|device|devices|verified
    status|valid|validity|consent|optin|optout|opted|opt|note|notes|comment|comments|remark|remarks
    carrier|operator|provider|network|country|code|codes|prefix|area|ext|extension|count|plan|bill
    billing|cost|price|fee|date|time|times|timezone|zone|name|names|email|emails|mail|address|city|app
    apps|banking|order|orders|payment|payments|user|users|login|visits|sessions|revenue|hash|source
    score|typ|art|vorwahl|modell|marke|anbieter|netz|vertrag|rechnung|datum|uhrzeit|language|lang
    locale|currency|region|state|called|calls|duration|minutes|usage|data|tariff|url|website|web|link
    username|handle|password|pin|otp|color|colour|size|storage|imei|serial|sim|preference|sum|total
    id|ids|uuid|guid|ref|reference|account|accounts|key|record|records
"""
"""Words behind a phone word, as in `Phone type`, that say that something else stands there."""
_ASIDE_BEFORE = """
    tipo|modelo|marca|operador|operadora|prefijo|prefixo|nombre|nome|nota|notas|fecha|hora|modele
    marque|operateur|indicatif|nom|prefisso|modello|gestore|тип|модель|марка|оператор|код|оператора
    jenis|merek|loai|nha|rodzaj|typ|druh|tip|tur|marka|model
"""
"""Such words of languages that say them before it, as in `Tipo de teléfono`."""
_ASIDE_ENDS = "typ|art|modell|vorwahl|anbieter|marke|type|model|tarif|vertrag|rechnung"
"""What such words end with where they are one word with the phone, as in `Telefontyp`."""
ASIDE_SIGNS = (
    "类型", "類型", "型号", "型號", "品牌", "运营商", "運營商", "归属地", "歸屬地", "话费", "套餐",
    "备注", "備註", "区号", "區號", "时间", "時間", "日期", "国家", "國家", "状态", "狀態",
    "姓名", "数量",    "種別", "機種", "備考", "유형", "기종", "비고", "国番号",
)  # fmt: skip
_ANOTHERS = """
    fax|telefax|faxnummer|faks|faxno|facsimile|emergency|emergencies|kin|ice|notfall
    notfallkontakt
    notfallnummer|urgence|urgences|urgencia|urgencias|emergencia|emergência|emergenza|assistant
    assistants|assistantphone|asst|assistent|assistenz|assistente|sekretariat|pager|telex|isdn|tty
    tdd|spouse|wife|husband|parent|parents|father|fathers|mother|mothers|guardian|guardians
    guarantor
    referee|referees|vater|mutter|eltern|nödkontakt|факс|экстренный|экстренной|экстренная
"""
"""Words that say that somebody or something else answers this number."""
ANOTHERS_SIGNS = (
    "传真",
    "傳真",
    "紧急",
    "緊急",
    "非常",
    "비상",
    "팩스",
    "ファックス",
    "فاكس",
    "家长",
    "父亲",
    "母亲",
)


_LONGEST = 1000
"""Characters of a text that is normalized; no header and no cell of phone numbers is as long."""


def in_usual_width(text: str) -> str:
    """Return a text with its letters and digits in their usual width: Unicode's form NFKC.

    A very long text is returned as it is: to put the marks of one letter in order takes the square
    of their number.
    """
    return text if len(text) > _LONGEST else unicodedata.normalize("NFKC", text)


def plain(name: str) -> str:
    """Fold case, width and punctuation: `Phone_No.` and `phone no` are one name."""
    folded = in_usual_width(name).casefold()
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


PHONE, PERHAPS, ORDINAL, OTHER = map(_names, (_PHONE, _PERHAPS, _ORDINAL, _OTHER))
COUNTRY, DIALLING, COUNTRY_PERHAPS = map(_names, (_COUNTRY, _DIALLING, _COUNTRY_PERHAPS))
COUNTRY_OF_PERSON = _names(_COUNTRY_OF_PERSON)
COUNTRY_OF_SELLER = _names(_COUNTRY_OF_SELLER)
COUNTRY_CODES = _names("iso|iso code|cc|cc code|ccode|country id|alpha2|alpha 2|alpha 3|idd|ddi")
"""Those of `COUNTRY_PERHAPS` that name no state."""


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.replace("|", " ").casefold().split())


PHONE_WORDS, ANOTHERS = map(_words, (_PHONE_WORDS, _ANOTHERS))
ASIDE_BEHIND, ASIDE_BEFORE = map(_words, (_ASIDE_BEHIND, _ASIDE_BEFORE))
ASIDE_ENDS = tuple(_words(_ASIDE_ENDS))
COUNTRY_WORDS = _words(
    "country countries countrycode countryname nation land lands pays país pais paese staat kraj "
    "страна страны държава ülke negara iso2 iso3 countryiso"
)
COUNTRY_STEMS = ("国家", "國家", "国别", "國別", "국가")
OF_PERSONS = _words(
    "birth born origin citizenship nationality passport destination manager count club tax vat "
    "fiscal steuer bank issue issued issuing document incorporation registration"
)
"""Words beside `country` after which it may be another one than the phone's."""
OF_ANOTHER_PARTY = _words(
    "company employer supplier vendor manufacturer maker seller reseller sender shipper agent "
    "dealer distributor carrier partner parent headquarters hq school university lieferant "
    "lieferanten hersteller firma arbeitgeber fournisseur entreprise société employeur proveedor "
    "empresa fornecedor fornitore azienda leverancier bedrijf leverandør toimittaja dostawca "
    "поставщик поставщика компании brand factory production sourcing visited visiting interest "
    "preference preferred travel visa previous former target origin"
)
"""Words beside `country` by which it is the country of somebody else than the phone's owner, or one
where the owner is not at home."""
OF_ADDRESS = _words(
    "territory area mailing mail billing bill shipping ship sold to delivery invoice "
    "business home work office other address addresses postal primary main customer "
    "client contact person personal user member subscriber lead recipient receiver guest "
    "patient student employee applicant account residence residential permanent current "
    "physical street legal registered reg name names full short iso alpha two three "
    "letter letters abbreviation abbr en english of the a de du des der die das di del "
    "della da do dos la le el and or wohnsitz anschrift adresse adres adress rechnung "
    "rechnungs lieferung kunde kunden résidence facturation livraison clients residencia "
    "envío facturación dirección direccion cliente clientes entrega cobrança endereço "
    "residenza fatturazione spedizione indirizzo клиента клиент проживания адрес"
)
"""Words beside `country` by which it is the one where the phone's owner is at home."""
LANGUAGE_WORDS = _words(
    "lang language languages sprache langue idioma lingua taal språk sprog kieli język jazyk dil "
    "bahasa locale язык 语言 語言 언어 말"
)
"""Words of headers over `de`, `fr`, `it`, which are languages."""
DIALLING_WORDS = _words("dial dialing dialling calling call isd idd prefix phonecode")


def base(name: str) -> str:
    """Return a header without its counter: `Phone 1`, `Phone (2)` and `Phone` are one."""
    return re.sub(r"\s+", " ", re.sub(r"\d+", " ", plain(name))).strip()


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
            if not name.isascii() and (base(name) in PHONE or plain(name) in COUNTRY):
                return True
    return False
