#include "socketio/Json.h"
#include "support/JsonMembers.h"

#include <QRandomGenerator>
#include <QTest>

#include <simdjson.h>

using namespace concierge;

namespace {

/// simdjson's verdict on a whole document. It refuses what JSON allows and we pass on: numbers that fit no
/// 64-bit type, and surrogate escapes that are not a pair.
bool isGoodToSimdjson(const QByteArray &text)
{
    simdjson::dom::parser parser;
    return parser.parse(text.constData(), static_cast<std::size_t>(text.size())).error() == simdjson::SUCCESS;
}

bool isGoodToUs(const QByteArray &text)
{
    // A copy of exactly that size on the heap: a sanitizer sees a read beyond it.
    const std::vector<char> exact(text.begin(), text.end());
    return json::validate(QByteArrayView(exact.data(), text.size()), json::deepest).hasValue();
}

/// The same text with every number a 0 and every \uXXXX an A: what the two have reason to differ about is
/// gone.
QByteArray withoutDifferences(const QByteArray &good)
{
    QByteArray out;
    bool inString = false;
    for (qsizetype i = 0; i < good.size(); ++i) {
        const char c = good[i];
        if (inString && c == '\\') {
            const bool isUnicode = good[i + 1] == 'u';
            out += isUnicode ? QByteArray("A") : good.mid(i, 2);
            i += isUnicode ? 5 : 1;
        } else if (!inString && (c == '-' || (c >= '0' && c <= '9'))) {
            out += '0';
            while (i + 1 < good.size() && QByteArrayView("0123456789.eE+-").contains(good[i + 1]))
                ++i;
        } else {
            inString = inString != (c == '"');
            out += c;
        }
    }
    return out;
}

/// Grows valid JSON from random numbers.
class Grower
{
public:
    explicit Grower(quint32 seed)
        : m_random(seed)
    {}

    QByteArray value(int depth)
    {
        switch (pick(depth > 0 ? 8 : 6)) {
        case 0:
            return "null";
        case 1:
            return pick(2) ? "true" : "false";
        case 2:
            return QByteArray::number(static_cast<int>(m_random.generate()));
        case 3:
            return QByteArray::number(pick(1000)) + '.' + QByteArray::number(pick(1000)) + "e-" +
                   QByteArray::number(pick(20));
        case 4:
        case 5:
            return string();
        case 6:
            return container('[', ']', depth, [this, depth] { return value(depth - 1); });
        default:
            return container('{', '}', depth,
                             [this, depth] { return string() + space() + ':' + value(depth - 1); });
        }
    }

    QByteArray broken(QByteArray text)
    {
        static constexpr QByteArrayView bytes(
            "{}[]\",:\\0123456789-+.eEutrnfalse \n\t\x01\x7f\x80\xC3\xA9\xF0");
        const int count = 1 + pick(3);
        for (int i = 0; i < count && !text.isEmpty(); ++i) {
            const qsizetype at = pick(static_cast<int>(text.size()));
            const char byte = bytes[pick(static_cast<int>(bytes.size()))];
            switch (pick(3)) {
            case 0:
                text[at] = byte;
                break;
            case 1:
                text.insert(at, byte);
                break;
            default:
                text.remove(at, 1);
            }
        }
        return text;
    }

private:
    int pick(int below) { return static_cast<int>(m_random.bounded(below)); }
    QByteArray space() { return QByteArray(" \n\t\r").first(pick(5)).repeated(pick(2)); }
    QByteArray string()
    {
        static const QList<QByteArray> pieces{
            "a",       "longer than eight", "é", "€", "😀", "\\n", "\\\"", "\\\\", "\\/",
            "\\u0041", "\\ud83d\\ude00"};
        QByteArray text = "\"";
        for (int i = pick(6); i > 0; --i)
            text += pieces[pick(static_cast<int>(pieces.size()))];
        return text + '"';
    }
    template <class Make>
    QByteArray container(char open, char close, int depth, Make make)
    {
        QByteArray text(1, open);
        text += space();
        for (int i = pick(depth + 1); i > 0; --i)
            text += make() + space() + (i > 1 ? "," : "");
        return text + close;
    }

    QRandomGenerator m_random;
};

} // namespace

class JsonDifferentialTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void verdicts_onGrownText_areEqual();
    void verdicts_onBrokenText_differAsDocumented();
    void documentedDifferences_areOurs_data();
    void documentedDifferences_areOurs();
    void values_areSimdjsonsValues();
};

void JsonDifferentialTest::verdicts_onGrownText_areEqual()
{
    Grower grower(1);
    for (int i = 0; i < 5000; ++i) {
        const QByteArray text = grower.value(6);
        QVERIFY2(isGoodToUs(text), text.constData());
        QVERIFY2(isGoodToSimdjson(text), text.constData());
    }
}

void JsonDifferentialTest::verdicts_onBrokenText_differAsDocumented()
{
    Grower grower(2);
    int good = 0;
    int bad = 0;
    for (int i = 0; i < 20000; ++i) {
        const QByteArray text = grower.broken(grower.value(5));
        const bool ours = isGoodToUs(text);
        const bool theirs = isGoodToSimdjson(text);
        if (theirs)
            QVERIFY2(ours, text.constData());
        if (ours)
            QVERIFY2(isGoodToSimdjson(withoutDifferences(text)), text.constData());
        ++(ours ? good : bad);
    }
    QVERIFY(good > 1000);
    QVERIFY(bad > 1000);
}

void JsonDifferentialTest::documentedDifferences_areOurs_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("integer beyond 64 bits") << QByteArray("18446744073709551616");
    QTest::newRow("negative beyond 64 bits") << QByteArray("-9223372036854775809");
    QTest::newRow("beyond double") << QByteArray("1e400");
    QTest::newRow("lone high surrogate") << QByteArray(R"("\ud83d")");
    QTest::newRow("lone low surrogate") << QByteArray(R"("\ude00")");
    QTest::newRow("high surrogate, other escape") << QByteArray(R"("\ud83d\u0041")");
}

void JsonDifferentialTest::documentedDifferences_areOurs()
{
    QFETCH(QByteArray, text);
    QVERIFY(isGoodToUs(text));
    QVERIFY(!isGoodToSimdjson(text));
    QVERIFY(isGoodToSimdjson(withoutDifferences(text)));
}

void JsonDifferentialTest::values_areSimdjsonsValues()
{
    Grower grower(3);
    int strings = 0;
    for (int i = 0; i < 5000; ++i) {
        const QByteArray text = '[' + grower.value(4) + ',' + grower.value(4) + ']';
        simdjson::dom::parser parser;
        simdjson::dom::array array;
        QCOMPARE(parser.parse(text.constData(), static_cast<std::size_t>(text.size())).get(array),
                 simdjson::SUCCESS);
        const auto spans = json::elements(text);
        QCOMPARE(spans.size(), array.size());
        for (std::size_t k = 0; k < spans.size(); ++k) {
            const simdjson::dom::element element = array.at(k);
            std::string_view theirs;
            if (element.get(theirs) == simdjson::SUCCESS) {
                QCOMPARE(json::unescape(spans[k]),
                         QByteArray(theirs.data(), static_cast<qsizetype>(theirs.size())));
                QCOMPARE(json::utf16Length(spans[k]),
                         QString::fromUtf8(theirs.data(), qsizetype(theirs.size())).size());
                ++strings;
            } else if (element.is_object()) {
                QCOMPARE(test::members(spans[k]).size(), simdjson::dom::object(element).size());
            } else if (element.is_array()) {
                QCOMPARE(json::elements(spans[k]).size(), simdjson::dom::array(element).size());
            }
        }
    }
    QVERIFY(strings > 1000);
}

QTEST_APPLESS_MAIN(JsonDifferentialTest)
#include "JsonDifferentialTest.moc"
