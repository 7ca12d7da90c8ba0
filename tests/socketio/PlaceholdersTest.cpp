#include "socketio/Packet.h"

#include <QTest>

using namespace concierge;
using namespace concierge::socketio;

namespace {

/// As deep as a packet may be, but for what is around it.
QByteArray deep(const QByteArray &json)
{
    return QByteArray("{\"a\":[").repeated(4'900) + json + QByteArray("]}").repeated(4'900);
}

} // namespace

class PlaceholdersTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void placeholders_data();
    void placeholders();
    void placeholders_inTextPackets_areData();
};

void PlaceholdersTest::placeholders_data()
{
    QTest::addColumn<QByteArray>("argument");
    QTest::addColumn<bool>("isGood");
    const auto row = [](const char *name, const QByteArray &argument, bool isGood) {
        QTest::newRow(name) << argument << isGood;
    };
    // Each in a packet with two attachments.
    row("first", R"({"_placeholder":true,"num":0})", true);
    row("last", R"({"_placeholder":true,"num":1})", true);
    row("out of range", R"({"_placeholder":true,"num":2})", false);
    row("far out of range", R"({"_placeholder":true,"num":1e300})", false);
    row("beyond double", R"({"_placeholder":true,"num":1e999})", false);
    row("negative", R"({"_placeholder":true,"num":-1})", false);
    row("minus zero", R"({"_placeholder":true,"num":-0})", true);
    row("fraction", R"({"_placeholder":true,"num":0.5})", false);
    row("whole fraction", R"({"_placeholder":true,"num":1.0})", true);
    row("exponent", R"({"_placeholder":true,"num":10e-1})", true);
    row("string", R"({"_placeholder":true,"num":"0"})", false);
    row("null", R"({"_placeholder":true,"num":null})", false);
    row("true", R"({"_placeholder":true,"num":true})", false);
    row("array", R"({"_placeholder":true,"num":[0]})", false);
    row("missing", R"({"_placeholder":true})", false);
    row("number elsewhere", R"({"_placeholder":true,"nun":0})", false);
    row("twice the same", R"([{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}])", true);
    row("other order", R"({"num":0,"_placeholder":true})", true);
    row("more members", R"({"x":[1,{}],"_placeholder":true,"y":"}","num":1,"z":{}})", true);
    row("white space", R"( { "_placeholder" : true , "num" : 1 } )", true);
    row("white space, out of range", R"( { "_placeholder" : true , "num" : 2 } )", false);
    row("none", R"({"a":[1,"2",null]})", true);
    row("false", R"({"_placeholder":false,"num":7})", true);
    row("not quite true", R"({"_placeholder":"true","num":7})", true);
    row("1", R"({"_placeholder":1,"num":7})", true);
    row("deep", R"({"a":[{"b":{"_placeholder":true,"num":1}}]})", true);
    row("deep, out of range", R"({"a":[{"b":{"_placeholder":true,"num":2}}]})", false);
    row("first of several", R"([{"_placeholder":true,"num":2},{"_placeholder":true,"num":1}])", false);
    row("deepest", deep(R"({"_placeholder":true,"num":1})"), true);
    row("deepest, out of range", deep(R"({"_placeholder":true,"num":2})"), false);
    row("escaped key", R"({"_pl\u0061ceholder":true,"num":2})", false);
    row("escaped num", R"({"_placeholder":true,"n\u0075m":1})", true);
    row("last of equal keys, bad", R"({"_placeholder":true,"num":0,"num":2})", false);
    row("last of equal keys, good", R"({"_placeholder":true,"num":2,"num":0})", true);
    row("taken back", R"({"_placeholder":true,"num":2,"_placeholder":false})", true);
    row("inside a good placeholder", R"({"_placeholder":true,"num":0,"a":{"_placeholder":true,"num":2}})",
        true);
    row("inside a bad placeholder", R"({"_placeholder":true,"num":2,"a":{"_placeholder":true,"num":0}})",
        false);
    row("as string", R"("{\"_placeholder\":true,\"num\":2}")", true);
    row("as string value", R"(["_placeholder",true,"num",2])", true);
}

void PlaceholdersTest::placeholders()
{
    QFETCH(QByteArray, argument);
    QFETCH(bool, isGood);
    for (const QByteArray &text : {"52-[\"a\"," + argument + ']', "62-1[" + argument + ']'}) {
        const auto decoded = decodeText(text);
        QCOMPARE(decoded.hasValue(), isGood);
        if (!isGood)
            QCOMPARE(decoded.error(), DecodeError::BadPlaceholder);
    }
}

void PlaceholdersTest::placeholders_inTextPackets_areData()
{
    QVERIFY(decodeText(R"(2["a",{"_placeholder":true,"num":7}])"));
    QVERIFY(decodeText(R"(31[{"_placeholder":true}])"));
}

QTEST_GUILESS_MAIN(PlaceholdersTest)
#include "PlaceholdersTest.moc"
