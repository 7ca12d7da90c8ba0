#include "socketio/Json.h"
#include "support/JsonMembers.h"

#include <QTest>

using namespace concierge;

namespace {

constexpr int depthLimit = 64;

QByteArray nested(char open, char close, int depth)
{
    return QByteArray(depth, open) + QByteArray(depth, close);
}

QByteArray nestedObjects(int depth)
{
    QByteArray text;
    for (int i = 0; i < depth; ++i)
        text += "{\"a\":";
    return text + '1' + QByteArray(depth, '}');
}

QList<QByteArray> copies(const std::vector<QByteArrayView> &spans)
{
    QList<QByteArray> list;
    for (const QByteArrayView span : spans)
        list.append(span.toByteArray());
    return list;
}

} // namespace

class JsonTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void validate_goodText_isItself_data();
    void validate_goodText_isItself();
    void validate_badText_isError_data();
    void validate_badText_isError();
    void validate_everyPrefix_isSyntax();
    void validate_whiteSpaceAround_isNotInTheSpan();
    void validate_depth_data();
    void validate_depth();
    void validate_controlCharacterAtAnyPlace_isSyntax();
    void validate_elementSpans_areThoseOfElements_data();
    void validate_elementSpans_areThoseOfElements();
    void validate_elementSpans_ofNoArray_areNone();
    void typeOf_tellsAllSeven();
    void members_keepOrderAndDuplicates();
    void keyIs_comparesUnescaped();
    void unescape_data();
    void unescape();
    void utf16Length_data();
    void utf16Length();
    void cutToUtf16_data();
    void cutToUtf16();
    void quoted_data();
    void quoted();
    void quoted_isValid_andUnescapesToTheSame();
};

void JsonTest::validate_goodText_isItself_data()
{
    QTest::addColumn<QByteArray>("text");
    const auto row = [](const char *name, const QByteArray &text) { QTest::newRow(name) << text; };
    for (const char *text :
         {"[[1,2,3]]", "[[0,0,10,20]]", "[[1 ,2, 3\n,4]]", "[[12,3.5,-1,1e5,7,\"a\",8,[9,[1,2]],{\"k\":1}]]"})
        row(text, text);
    row("object", "{}");
    row("array", "[]");
    row("string", "\"\"");
    row("true", "true");
    row("false", "false");
    row("null", "null");
    row("zero", "0");
    row("minus zero", "-0");
    row("fraction", "-0.10");
    row("exponent", "1e5");
    row("signed exponent", "1.5E-07");
    row("plus exponent", "0e+0");
    row("beyond 64 bits", "12345678901234567890123");
    row("beyond double", "1e999999");
    row("many digits", "0." + QByteArray(2000, '3'));
    row("all escapes", R"("\"\\\/\b\f\n\r\t\u00e9\uABCD")");
    row("surrogate pair", R"("\ud83d\ude00")");
    row("lone high surrogate", R"("\ud83d")");
    row("lone low surrogate", R"("\ude00")");
    row("escaped NUL", R"("\u0000")");
    row("DEL", "\"\x7f\"");
    row("UTF-8 of 2, 3 and 4 bytes", "\"é€😀\"");
    row("noncharacter", "\"\xEF\xBF\xBF\"");
    row("line separator", "\"\xE2\x80\xA8\"");
    row("white space within", "{ \"a\" :\t[ 1 ,\r\n2 ] , \"b\":{ } }");
    row("equal keys", R"({"a":1,"a":2})");
    row("empty key", R"({"":0})");
    row("long string", "\"" + QByteArray(100, 'x') + "\"");
    row("quote behind eight bytes", R"("12345678\"9")");
}

void JsonTest::validate_goodText_isItself()
{
    QFETCH(QByteArray, text);
    const auto value = json::validate(text, depthLimit);
    QVERIFY(value);
    QCOMPARE(value->toByteArray(), text);
    QCOMPARE(value->data(), text.constData());
}

void JsonTest::validate_badText_isError_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("error");
    const auto row = [](const char *name, const QByteArray &text, json::Error error = json::Error::Syntax) {
        QTest::newRow(name) << text << static_cast<int>(error);
    };
    for (const char *text :
         {"1,2", "1,", "[1,2", "[1,]", "[1,,2]", "[01,2]", "[1,02]", "[[1,2],3", "[[1,2,]]", "[[0,00,1]]",
          "{\"a\":1,2}", "[{\"a\":[1,2}]", "[[1,-,2]]", "[[1,2.,3]]"})
        row(text, text, json::Error::Syntax);
    row("empty", "");
    row("white space only", " \n");
    row("two values", "1 2");
    row("two objects", "{}{}");
    row("trailing letter", "[]x");
    row("trailing NUL", QByteArray("[]\0", 3));
    row("leading NUL", QByteArray("\0[]", 3));
    row("byte order mark", "\xEF\xBB\xBF[]");
    row("open array", "[");
    row("open object", "{");
    row("close only", "]");
    row("mismatched", "[}");
    row("mismatched behind a value", "[1}");
    row("mismatched object", R"({"a":1])");
    row("trailing comma", "[1,]");
    row("trailing comma in object", R"({"a":1,})");
    row("leading comma", "[,1]");
    row("comma in object", "{,}");
    row("two commas", "[1,,2]");
    row("no comma", "[1 2]");
    row("no colon", R"({"a" 1})");
    row("no value", R"({"a":})");
    row("no key", "{1:2}");
    row("single quotes", "['a']");
    row("bare word", "[a]");
    row("undefined", "undefined");
    row("NaN", "NaN");
    row("Infinity", "-Infinity");
    row("capitals", "True");
    row("short literal", "tru");
    row("long literal", "nullx");
    row("comment", "[1/*x*/]");
    row("leading zero", "01");
    row("plus", "+1");
    row("minus only", "-");
    row("minus letter", "-a");
    row("no integer part", ".5");
    row("no fraction", "1.");
    row("no exponent", "1e");
    row("no exponent behind its sign", "1e+");
    row("hexadecimal", "0x10");
    row("open string", "\"abc");
    row("open string, 8 bytes", "\"1234567");
    row("escaped end", "\"abc\\\"");
    row("ends in a backslash", "\"abc\\");
    row("unknown escape", R"("\x41")");
    row("capital U", R"("\U0041")");
    row("short unicode escape", R"("\u12")");
    row("no hexadecimal digit", R"("\u12g4")");
    row("newline in string", "\"a\nb\"");
    row("tab in string", "\"a\tb\"");
    row("vertical tab outside", "[\v1]");
    row("no-break space outside", "[\xC2\xA0"
                                  "1]");
    row("lone continuation byte", "\"\x80\"", json::Error::InvalidUtf8);
    row("overlong", "\"\xC0\xAF\"", json::Error::InvalidUtf8);
    row("surrogate in UTF-8", "\"\xED\xA0\x80\"", json::Error::InvalidUtf8);
    row("above U+10FFFF", "\"\xF4\x90\x80\x80\"", json::Error::InvalidUtf8);
    row("cut character", "\"\xE2\x82", json::Error::InvalidUtf8);
}

void JsonTest::validate_badText_isError()
{
    QFETCH(QByteArray, text);
    QFETCH(int, error);
    const auto value = json::validate(text, depthLimit);
    QVERIFY(!value);
    QCOMPARE(static_cast<int>(value.error()), error);
}

void JsonTest::validate_everyPrefix_isSyntax()
{
    const QByteArray text = R"({"a":[1,-2.5e+3,"x\n\u0041",true,false,null,{"b":{}}],"c":""})";
    QVERIFY(json::validate(text, depthLimit));
    for (qsizetype size = 0; size < text.size(); ++size) {
        // A copy of just that size, so that reading over its end does not go unnoticed.
        const std::vector<char> prefix(text.begin(), text.begin() + size);
        const auto value = json::validate(QByteArrayView(prefix.data(), size), depthLimit);
        QVERIFY2(!value && value.error() == json::Error::Syntax, text.first(size).constData());
    }
}

void JsonTest::validate_whiteSpaceAround_isNotInTheSpan()
{
    const auto value = json::validate(" \t\r\n[ 1 ]\n ", depthLimit);
    QVERIFY(value);
    QCOMPARE(value->toByteArray(), QByteArray("[ 1 ]"));
}

void JsonTest::validate_depth_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("limit");
    QTest::addColumn<bool>("isGood");
    QTest::newRow("arrays, 64") << nested('[', ']', 64) << 64 << true;
    QTest::newRow("arrays, 65") << nested('[', ']', 65) << 64 << false;
    QTest::newRow("objects, 64") << nestedObjects(64) << 64 << true;
    QTest::newRow("objects, 65") << nestedObjects(65) << 64 << false;
    QTest::newRow("mixed, 64") << nestedObjects(40).replace('1', nested('[', ']', 24)) << 64 << true;
    QTest::newRow("mixed, 65") << nestedObjects(40).replace('1', nested('[', ']', 25)) << 64 << false;
    QTest::newRow("siblings do not add up") << "[" + QByteArray("[],").repeated(100) + "[]]" << 2 << true;
    QTest::newRow("scalar, 0") << QByteArray("1") << 0 << true;
    QTest::newRow("array, 0") << QByteArray("[]") << 0 << false;
    QTest::newRow("deepest") << nested('[', ']', json::deepest) << json::deepest << true;
    QTest::newRow("far too deep") << nested('[', ']', 500'000) << 64 << false;
}

void JsonTest::validate_depth()
{
    QFETCH(QByteArray, text);
    QFETCH(int, limit);
    QFETCH(bool, isGood);
    const auto value = json::validate(text, limit);
    QCOMPARE(value.hasValue(), isGood);
    if (!isGood)
        QCOMPARE(value.error(), json::Error::TooDeep);
}

void JsonTest::validate_controlCharacterAtAnyPlace_isSyntax()
{
    for (int place = 0; place < 20; ++place) {
        QByteArray text = "\"" + QByteArray(20, '~') + "\"";
        QVERIFY(json::validate(text, depthLimit));
        for (char c = 0; c < 0x20; ++c) {
            text[1 + place] = c;
            QVERIFY(!json::validate(text, depthLimit));
        }
    }
}

void JsonTest::validate_elementSpans_areThoseOfElements_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QList<QByteArray>>("expected");
    QTest::newRow("empty") << QByteArray("[]") << QList<QByteArray>();
    QTest::newRow("empty with white space") << QByteArray("[ \n]") << QList<QByteArray>();
    QTest::newRow("scalars") << QByteArray(R"([1,"a",true,null,-2.5])")
                             << QList<QByteArray>{"1", "\"a\"", "true", "null", "-2.5"};
    QTest::newRow("white space") << QByteArray("[ 1 ,\t\"a b\" ,\r\n[ 2 , 3 ] , { \"k\" : 4 } ]")
                                 << QList<QByteArray>{"1", "\"a b\"", "[ 2 , 3 ]", "{ \"k\" : 4 }"};
    QTest::newRow("brackets in strings")
        << QByteArray(R"(["]","},{",{"]":"\"]"},[["["]]])")
        << QList<QByteArray>{R"("]")", R"("},{")", R"({"]":"\"]"})", R"([["["]])"};
    QTest::newRow("backslash before the quote")
        << QByteArray(R"(["a\\","b"])") << QList<QByteArray>{R"("a\\")", "\"b\""};
}

void JsonTest::validate_elementSpans_areThoseOfElements()
{
    QFETCH(QByteArray, text);
    QFETCH(QList<QByteArray>, expected);
    std::vector<QByteArrayView> spans;
    QVERIFY(json::validate(text, depthLimit, &spans));
    QCOMPARE(copies(spans), expected);
    QCOMPARE(copies(json::elements(text)), expected);
}

void JsonTest::validate_elementSpans_ofNoArray_areNone()
{
    std::vector<QByteArrayView> spans;
    QVERIFY(json::validate(R"({"a":[1,2],"b":3})", depthLimit, &spans));
    QVERIFY(json::validate("1", depthLimit, &spans));
    QVERIFY(spans.empty());
}

void JsonTest::typeOf_tellsAllSeven()
{
    QCOMPARE(json::typeOf("{}"), json::Type::Object);
    QCOMPARE(json::typeOf("[]"), json::Type::Array);
    QCOMPARE(json::typeOf("\"\""), json::Type::String);
    QCOMPARE(json::typeOf("-1"), json::Type::Number);
    QCOMPARE(json::typeOf("7"), json::Type::Number);
    QCOMPARE(json::typeOf("true"), json::Type::True);
    QCOMPARE(json::typeOf("false"), json::Type::False);
    QCOMPARE(json::typeOf("null"), json::Type::Null);
}

void JsonTest::members_keepOrderAndDuplicates()
{
    const QByteArray text = R"( { "b" : 1 , "a":[{"c":2}],"b":"}" , "d\"" : {} } )";
    const auto value = json::validate(text, depthLimit);
    QVERIFY(value);
    QList<QByteArray> list;
    for (const json::Member &member : test::members(*value))
        list << member.rawKey.toByteArray() << member.value.toByteArray();
    QCOMPARE(list,
             (QList<QByteArray>{"\"b\"", "1", "\"a\"", R"([{"c":2}])", "\"b\"", "\"}\"", R"("d\"")", "{}"}));
    QVERIFY(test::members("{}").empty());
    QVERIFY(test::members("{ }").empty());
}

void JsonTest::keyIs_comparesUnescaped()
{
    const auto members = test::members(R"({"text":1,"t\u0065xt":2,"te\\xt":3,"texts":4,"":5})");
    QVERIFY(members[0].keyIs("text"));
    QVERIFY(members[1].keyIs("text"));
    QVERIFY(members[2].keyIs("te\\xt"));
    QVERIFY(!members[2].keyIs("te\\\\xt"));
    QVERIFY(!members[3].keyIs("text"));
    QVERIFY(members[4].keyIs(""));
    QVERIFY(!members[4].keyIs("a"));
    QVERIFY(!members[0].keyIs(""));
    QVERIFY(!members[0].keyIs("next"));
}

void JsonTest::unescape_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("plain");
    QTest::newRow("empty") << QByteArray("\"\"") << QByteArray();
    QTest::newRow("plain") << QByteArray("\"Grüße, 😀\"") << QByteArray("Grüße, 😀");
    QTest::newRow("short escapes") << QByteArray(R"("\"\\\/\b\f\n\r\t")") << QByteArray("\"\\/\b\f\n\r\t");
    QTest::newRow("one byte") << QByteArray(R"("\u0041\u007f")") << QByteArray("A\x7f");
    QTest::newRow("NUL") << QByteArray(R"("a\u0000b")") << QByteArray("a\0b", 3);
    QTest::newRow("two bytes") << QByteArray(R"("\u0080\u07FF")") << QByteArray("\u0080\u07FF");
    QTest::newRow("three bytes") << QByteArray(R"("\u0800\uffff")") << QByteArray("\u0800\uffff");
    QTest::newRow("pair") << QByteArray(R"("\ud83d\ude00")") << QByteArray("😀");
    QTest::newRow("first and last pair")
        << QByteArray(R"("\uD800\uDC00\uDBFF\uDFFF")") << QByteArray("\U00010000\U0010FFFF");
    QTest::newRow("lone high") << QByteArray(R"("\ud83dx")") << QByteArray("\uFFFDx");
    QTest::newRow("lone high at the end") << QByteArray(R"("x\ud83d")") << QByteArray("x\uFFFD");
    QTest::newRow("lone low") << QByteArray(R"("\ude00")") << QByteArray("\uFFFD");
    QTest::newRow("two high, one low") << QByteArray(R"("\ud83d\ud83d\ude00")") << QByteArray("\uFFFD😀");
    QTest::newRow("high, other escape") << QByteArray(R"("\ud83d\n")") << QByteArray("\uFFFD\n");
    QTest::newRow("long") << QByteArray(R"("12345678\n12345678\n")") << QByteArray("12345678\n12345678\n");
}

void JsonTest::unescape()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, plain);
    QVERIFY(json::validate(text, depthLimit));
    QCOMPARE(json::unescape(text), plain);
    QByteArray storage;
    QCOMPARE(json::plainText(text, storage).toByteArray(), plain);
    QCOMPARE(storage.isNull(), !text.contains('\\'));
}

void JsonTest::utf16Length_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<qsizetype>("length");
    const auto row = [](const char *name, const QByteArray &text, qsizetype length) {
        QTest::newRow(name) << text << length;
    };
    row("empty", "\"\"", 0);
    row("ASCII", "\"abc\"", 3);
    row("two and three bytes", "\"é€\"", 2);
    row("four bytes", "\"😀\"", 2);
    row("short escape", R"("\n\\\"")", 3);
    row("unicode escape", R"("\u0041")", 1);
    row("escaped pair", R"("\ud83d\ude00")", 2);
    row("lone surrogates", R"("\ude00\ud83d")", 2);
    row("high surrogate, four bytes", "\"\\ud83d😀\"", 3);
    row("combining", "\"e\u0301\"", 2);
}

void JsonTest::utf16Length()
{
    QFETCH(QByteArray, text);
    QFETCH(qsizetype, length);
    QVERIFY(json::validate(text, depthLimit));
    QCOMPARE(json::utf16Length(text), length);
}

void JsonTest::cutToUtf16_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<qsizetype>("units");
    QTest::addColumn<QByteArray>("cut");
    const auto row = [](const char *name, const QByteArray &text, qsizetype units, const QByteArray &cut) {
        QTest::newRow(name) << text << units << cut;
    };
    row("shorter", "\"abc\"", 4, "\"abc\"");
    row("just as long", "\"abc\"", 3, "\"abc\"");
    row("longer", "\"abc\"", 2, "\"ab\"");
    row("to nothing", "\"abc\"", 0, "\"\"");
    row("empty", "\"\"", 0, "\"\"");
    row("behind an emoji", "\"a😀b\"", 3, "\"a😀\"");
    row("inside an emoji", "\"a😀b\"", 2, "\"a\"");
    row("before an emoji", "\"a😀b\"", 1, "\"a\"");
    row("behind an escaped emoji", R"("a\ud83d\ude00b")", 3, R"("a\ud83d\ude00")");
    row("inside an escaped emoji", R"("a\ud83d\ude00b")", 2, "\"a\"");
    row("before an escaped emoji", R"("a\ud83d\ude00b")", 1, "\"a\"");
    row("behind an escape", R"("a\n\"b")", 2, R"("a\n")");
    row("before an escape", R"("a\n\"b")", 1, "\"a\"");
    row("escaped quote last", R"("a\"b")", 2, R"("a\"")");
    row("escaped backslash last", R"("a\\b")", 2, R"("a\\")");
    row("behind a unicode escape", R"("\u0041\u0042")", 1, R"("\u0041")");
    row("lone surrogate stays", R"("\ud83dab")", 2, R"("\ud83da")");
    row("between lone surrogates", R"("\ud83d\ud83d")", 1, R"("\ud83d")");
    row("two bytes", "\"éé\"", 1, "\"é\"");
    row("three bytes", "\"€€\"", 1, "\"€\"");
    row("1000 of 1001", "\"" + QByteArray(1001, 'x') + "\"", 1000, "\"" + QByteArray(1000, 'x') + "\"");
    row("emoji over unit 1000", "\"" + QByteArray(999, 'x') + "😀\"", 1000,
        "\"" + QByteArray(999, 'x') + "\"");
}

void JsonTest::cutToUtf16()
{
    QFETCH(QByteArray, text);
    QFETCH(qsizetype, units);
    QFETCH(QByteArray, cut);
    QCOMPARE(json::cutToUtf16(text, units), cut);
    QVERIFY(json::validate(cut, depthLimit));
}

void JsonTest::quoted_data()
{
    QTest::addColumn<QByteArray>("plain");
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("empty") << QByteArray() << QByteArray("\"\"");
    QTest::newRow("plain") << QByteArray("Grüße 😀 /") << QByteArray("\"Grüße 😀 /\"");
    QTest::newRow("must be escaped") << QByteArray("\"\\\b\f\n\r\t") << QByteArray(R"("\"\\\b\f\n\r\t")");
    QTest::newRow("other controls") << QByteArray("\0\x01\x1f\x7f", 4)
                                    << QByteArray("\"\\u0000\\u0001\\u001f\x7f\"");
    QTest::newRow("between eights") << QByteArray("12345678\"12345678\\1")
                                    << QByteArray(R"("12345678\"12345678\\1")");
}

void JsonTest::quoted()
{
    QFETCH(QByteArray, plain);
    QFETCH(QByteArray, text);
    QCOMPARE(json::quoted(plain), text);
    QByteArray out = "x";
    json::appendQuoted(out, plain);
    QCOMPARE(out, "x" + text);
}

void JsonTest::quoted_isValid_andUnescapesToTheSame()
{
    QByteArray all;
    for (int c = 0; c < 0x80; ++c)
        all += static_cast<char>(c);
    all += "é€😀";
    const QByteArray text = json::quoted(all);
    QVERIFY(json::validate(text, depthLimit));
    QCOMPARE(json::unescape(text), all);
}

QTEST_APPLESS_MAIN(JsonTest)
#include "JsonTest.moc"
