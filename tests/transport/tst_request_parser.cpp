#include "transport/RequestParser.h"

#include <QTest>

using namespace concierge;
using namespace concierge::transport;

namespace {

constexpr qint64 maxBody = 1'000;

struct Outcome
{
    ParseStatus status = ParseStatus::NeedMore;
    HttpRequest head;
    QByteArray body;
    QByteArray rest; ///< not consumed
};

/// Feeds `wire` as a socket would: the unread bytes again, and `step` new ones each time.
Outcome parse(const QByteArray &wire, qsizetype step)
{
    RequestParser parser(maxBody);
    Outcome outcome;
    qsizetype read = 0;
    for (qsizetype arrived = qMin(step, wire.size());; arrived = qMin(arrived + step, wire.size())) {
        const auto fed = parser.feed(QByteArrayView(wire).sliced(read, arrived - read));
        read += fed.consumed;
        outcome.status = fed.status;
        if (fed.status != ParseStatus::NeedMore || arrived == wire.size())
            break;
    }
    if (parser.isHeadDone())
        outcome.head = parser.head();
    if (outcome.status == ParseStatus::Done)
        outcome.body = parser.takeBody();
    outcome.rest = wire.sliced(read);
    return outcome;
}

} // namespace

class TestRequestParser : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void feed_wholeOrByBytes_givesTheSame_data();
    void feed_wholeOrByBytes_givesTheSame();
    void feed_pipelined_consumesOneRequest();
    void feed_head_limitIs8192Bytes_data();
    void feed_head_limitIs8192Bytes();
    void feed_tooLargeBody_headIsKnown();
    void head_hasNothingOfTheTrailer_data();
    void head_hasNothingOfTheTrailer();
    void head_target_isSplitAndDecoded_data();
    void head_target_isSplitAndDecoded();
    void header_lookUp_ignoresCaseAndTakesTheFirst();
    void keepsAlive_byVersionAndConnection_data();
    void keepsAlive_byVersionAndConnection();
    void isWebSocketUpgrade_data();
    void isWebSocketUpgrade();
};

void TestRequestParser::feed_wholeOrByBytes_givesTheSame_data()
{
    QTest::addColumn<QByteArray>("wire");
    QTest::addColumn<ParseStatus>("status");
    QTest::addColumn<QByteArray>("body");
    const auto row = [](const char *name, const QByteArray &wire, ParseStatus status,
                        const QByteArray &body = {}) { QTest::newRow(name) << wire << status << body; };
    const QByteArray host = "Host: a\r\n";
    const QByteArray postHead = "POST /x HTTP/1.1\r\n" + host;
    const QByteArray chunked = postHead + "Transfer-Encoding: chunked\r\n\r\n";
    row("get", "GET / HTTP/1.1\r\n" + host + "\r\n", ParseStatus::Done);
    row("get 1.0 without host", "GET / HTTP/1.0\r\n\r\n", ParseStatus::Done);
    row("empty lines first", "\r\n\r\nGET / HTTP/1.1\r\n" + host + "\r\n", ParseStatus::Done);
    row("content-length", postHead + "Content-Length: 5\r\n\r\nhello", ParseStatus::Done, "hello");
    row("content-length 0", postHead + "Content-Length: 0\r\n\r\n", ParseStatus::Done);
    row("body incomplete", postHead + "Content-Length: 5\r\n\r\nhell", ParseStatus::NeedMore);
    row("head incomplete", "GET / HTTP/1.1\r\n" + host, ParseStatus::NeedMore);
    row("chunked", chunked + "5\r\nhello\r\n6;a=b\r\n world\r\n0\r\n\r\n", ParseStatus::Done, "hello world");
    row("chunked with trailer", chunked + "1\r\nx\r\n0\r\nA: b\r\n\r\n", ParseStatus::Done, "x");
    row("chunked and empty", chunked + "0\r\n\r\n", ParseStatus::Done);
    row("chunked, end incomplete", chunked + "0\r\n\r", ParseStatus::NeedMore);
    row("chunk size is no number", chunked + "g\r\nhello\r\n", ParseStatus::BadRequest);
    row("chunk without line end", chunked + "1\r\nxy\r\n0\r\n\r\n", ParseStatus::BadRequest);
    row("body at the limit", postHead + "Content-Length: 1000\r\n\r\n" + QByteArray(1000, 'x'),
        ParseStatus::Done, QByteArray(1000, 'x'));
    row("body above the limit", postHead + "Content-Length: 1001\r\n\r\n", ParseStatus::BodyTooLarge);
    row("chunks above the limit", chunked + "3e8\r\n" + QByteArray(1000, 'x') + "\r\n1\r\n",
        ParseStatus::BodyTooLarge);
    row("chunk of huge size", chunked + "ffffffffffffffff\r\n", ParseStatus::BodyTooLarge);
    row("content-length not a number", postHead + "Content-Length: 5x\r\n\r\n", ParseStatus::BadRequest);
    row("content-length negative", postHead + "Content-Length: -5\r\n\r\n", ParseStatus::BadRequest);
    row("two content-lengths", postHead + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
        ParseStatus::BadRequest);
    row("content-length twice", postHead + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        ParseStatus::BadRequest);
    row("list of content-lengths", postHead + "Content-Length: 5, 5\r\n\r\nhello", ParseStatus::BadRequest);
    row("both lengths", postHead + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        ParseStatus::BadRequest);
    row("both lengths, other order", postHead + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
        ParseStatus::BadRequest);
    row("encoding not chunked", postHead + "Transfer-Encoding: gzip\r\n\r\n", ParseStatus::BadRequest);
    row("encoding chunked not last", postHead + "Transfer-Encoding: chunked, gzip\r\n\r\n",
        ParseStatus::BadRequest);
    row("encoding chunked twice",
        postHead + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ParseStatus::BadRequest);
    row("list of chunked", postHead + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
        ParseStatus::BadRequest);
    row("encoding before chunked", postHead + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        ParseStatus::BadRequest);
    row("encoding in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", ParseStatus::BadRequest);
    row("no host", "GET / HTTP/1.1\r\n\r\n", ParseStatus::BadRequest);
    row("two hosts", "GET / HTTP/1.1\r\n" + host + "Host: b\r\n\r\n", ParseStatus::BadRequest);
    row("space before colon", "GET / HTTP/1.1\r\n" + host + "X : 1\r\n\r\n", ParseStatus::BadRequest);
    row("folded field", "GET / HTTP/1.1\r\n" + host + "X: 1\r\n 2\r\n\r\n", ParseStatus::BadRequest);
    row("field folded by a tab", "GET / HTTP/1.1\r\n" + host + "X:\r\n\t2\r\n\r\n", ParseStatus::BadRequest);
    row("folded field that is a length", postHead + "X: 1\r\n Content-Length: 5\r\n\r\nhello",
        ParseStatus::BadRequest);
    row("control character", "GET / HTTP/1.1\r\n" + host + "X: \x01\r\n\r\n", ParseStatus::BadRequest);
    row("no version", "GET /\r\n\r\n", ParseStatus::BadRequest);
    row("version 2.0", "GET / HTTP/2.0\r\n" + host + "\r\n", ParseStatus::BadRequest);
    row("tls hello", QByteArray("\x16\x03\x01\x02\x00\x01\x00", 7), ParseStatus::BadRequest);
    row("zeros", QByteArray(3, '\0'), ParseStatus::BadRequest);
}

void TestRequestParser::feed_wholeOrByBytes_givesTheSame()
{
    QFETCH(QByteArray, wire);
    QFETCH(ParseStatus, status);
    QFETCH(QByteArray, body);
    for (const qsizetype step : {wire.size(), qsizetype(1), qsizetype(2), qsizetype(3), qsizetype(7)}) {
        const Outcome outcome = parse(wire, step);
        QCOMPARE(outcome.status, status);
        QCOMPARE(outcome.body, body);
        if (status == ParseStatus::Done)
            QCOMPARE(outcome.rest, QByteArray());
    }
}

void TestRequestParser::feed_pipelined_consumesOneRequest()
{
    const QByteArray second = "GET /b HTTP/1.1\r\nHost: a\r\n\r\n";
    const Outcome outcome =
        parse("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi" + second, 10'000);
    QCOMPARE(outcome.status, ParseStatus::Done);
    QCOMPARE(outcome.body, QByteArray("hi"));
    QCOMPARE(outcome.rest, second);
}

void TestRequestParser::feed_head_limitIs8192Bytes_data()
{
    QTest::addColumn<int>("size");
    QTest::addColumn<ParseStatus>("status");
    QTest::newRow("8192") << 8192 << ParseStatus::Done;
    QTest::newRow("8193") << 8193 << ParseStatus::HeadTooLarge;
    QTest::newRow("80000") << 80'000 << ParseStatus::HeadTooLarge;
}

void TestRequestParser::feed_head_limitIs8192Bytes()
{
    QFETCH(int, size);
    QFETCH(ParseStatus, status);
    const QByteArray start = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
    const QByteArray wire = start + QByteArray(size - start.size() - 4, 'x') + "\r\n\r\n";
    QCOMPARE(parse(wire, 1'000).status, status);
    QCOMPARE(parse(wire, wire.size()).status, status);
}

void TestRequestParser::feed_tooLargeBody_headIsKnown()
{
    const Outcome outcome =
        parse("POST / HTTP/1.1\r\nHost: a\r\nOrigin: http://b\r\nContent-Length: 1001\r\n\r\n", 1'000);
    QCOMPARE(outcome.status, ParseStatus::BodyTooLarge);
    QCOMPARE(outcome.head.header("origin"),
             QByteArray("http://b")); // or a browser would be told nothing at all
}

void TestRequestParser::head_hasNothingOfTheTrailer_data()
{
    QTest::addColumn<QByteArray>("trailer");
    // Behind what a proxy has said in the head, the last X-Forwarded-For would be believed.
    QTest::newRow("address") << QByteArray("X-Forwarded-For: 10.0.0.1");
    QTest::newRow("token") << QByteArray("Authorization: Bearer x");
    QTest::newRow("host") << QByteArray("Host: b");
    QTest::newRow("connection") << QByteArray("Connection: close");
    QTest::newRow("expect") << QByteArray("Expect: 100-continue");
    QTest::newRow("upgrade") << QByteArray("Upgrade: websocket\r\nConnection: Upgrade");
}

void TestRequestParser::head_hasNothingOfTheTrailer()
{
    QFETCH(QByteArray, trailer);
    for (const QByteArray method : {"GET", "POST"}) {
        RequestParser parser(maxBody);
        const auto fed =
            parser.feed(method + " / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" +
                        trailer + "\r\n\r\n");
        QCOMPARE(fed.status, ParseStatus::Done);
        const HeaderList expected{{"Host", "a"}, {"Transfer-Encoding", "chunked"}};
        QCOMPARE(parser.head().headers, expected);
        QVERIFY(parser.keepsAlive());
        QVERIFY(!parser.expectsContinue());
        QVERIFY(!parser.isWebSocketUpgrade());
    }
}

void TestRequestParser::head_target_isSplitAndDecoded_data()
{
    QTest::addColumn<QByteArray>("target");
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<HeaderList>("query");
    const auto row = [](const char *name, const QByteArray &target, const QByteArray &path,
                        const HeaderList &query = {}) { QTest::newRow(name) << target << path << query; };
    row("path", "/a/b", "/a/b");
    row("query", "/a?x=1&y=2", "/a", {{"x", "1"}, {"y", "2"}});
    row("absolute", "http://host:1/a?x=1", "/a", {{"x", "1"}});
    row("absolute without path", "http://host", "/");
    row("decoded", "/a%20b?n%3D=%26+%C3%A9", "/a%20b", {{"n=", "& \xC3\xA9"}});
    row("no value", "/a?x&y=&=z", "/a", {{"x", ""}, {"y", ""}, {"", "z"}});
    row("twice", "/a?x=1&x=2", "/a", {{"x", "1"}, {"x", "2"}});
    row("broken percent", "/a?x=%zz%4", "/a", {{"x", QByteArray::fromPercentEncoding("%zz%4")}});
    row("empty query", "/a?", "/a");
    row("asterisk", "*", "*");
}

void TestRequestParser::head_target_isSplitAndDecoded()
{
    QFETCH(QByteArray, target);
    QFETCH(QByteArray, path);
    QFETCH(HeaderList, query);
    const Outcome outcome = parse("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n", 10'000);
    QCOMPARE(outcome.status, ParseStatus::Done);
    QCOMPARE(outcome.head.target, target);
    QCOMPARE(outcome.head.path, path);
    QCOMPARE(outcome.head.query, query);
}

void TestRequestParser::header_lookUp_ignoresCaseAndTakesTheFirst()
{
    const Outcome outcome =
        parse("GET /?k=1&k=2&K=3 HTTP/1.1\r\nHost: a\r\nX-A: 1\r\nx-a: 2\r\n\r\n", 10'000);
    QCOMPARE(outcome.head.header("x-A"), QByteArray("1"));
    QCOMPARE(outcome.head.header("x-b"), std::nullopt);
    QCOMPARE(outcome.head.queryValue("k"), QByteArray("1"));
    QCOMPARE(outcome.head.queryValue("K"), QByteArray("3"));
    QCOMPARE(outcome.head.queryValue("z"), std::nullopt);
}

void TestRequestParser::keepsAlive_byVersionAndConnection_data()
{
    QTest::addColumn<QByteArray>("version");
    QTest::addColumn<QByteArray>("connection");
    QTest::addColumn<bool>("keepsAlive");
    QTest::newRow("1.1") << QByteArray("1.1") << QByteArray() << true;
    QTest::newRow("1.1 close") << QByteArray("1.1") << QByteArray("Connection: close\r\n") << false;
    QTest::newRow("1.1 close in a list")
        << QByteArray("1.1") << QByteArray("Connection: x, CLOSE\r\n") << false;
    QTest::newRow("1.0") << QByteArray("1.0") << QByteArray() << false;
    QTest::newRow("1.0 keep-alive") << QByteArray("1.0") << QByteArray("Connection: keep-alive\r\n") << true;
}

void TestRequestParser::keepsAlive_byVersionAndConnection()
{
    QFETCH(QByteArray, version);
    QFETCH(QByteArray, connection);
    RequestParser parser(maxBody);
    parser.feed("GET / HTTP/" + version + "\r\nHost: a\r\n" + connection + "\r\n");
    QTEST(parser.keepsAlive(), "keepsAlive");
}

void TestRequestParser::isWebSocketUpgrade_data()
{
    QTest::addColumn<QByteArray>("start");
    QTest::addColumn<QByteArray>("headers");
    QTest::addColumn<bool>("isUpgrade");
    const QByteArray get = "GET / HTTP/1.1";
    QTest::newRow("plain") << get << QByteArray() << false;
    QTest::newRow("upgrade") << get << QByteArray("Connection: Upgrade\r\nUpgrade: websocket\r\n") << true;
    QTest::newRow("in lists") << get
                              << QByteArray("Connection: keep-alive, upgrade\r\nUpgrade: x, WebSocket\r\n")
                              << true;
    QTest::newRow("other protocol") << get << QByteArray("Connection: Upgrade\r\nUpgrade: h2c\r\n") << false;
    QTest::newRow("no connection") << get << QByteArray("Upgrade: websocket\r\n") << false;
    QTest::newRow("post") << QByteArray("POST / HTTP/1.1")
                          << QByteArray("Connection: Upgrade\r\nUpgrade: websocket\r\n") << false;
    QTest::newRow("1.0") << QByteArray("GET / HTTP/1.0")
                         << QByteArray("Connection: Upgrade\r\nUpgrade: websocket\r\n") << false;
}

void TestRequestParser::isWebSocketUpgrade()
{
    QFETCH(QByteArray, start);
    QFETCH(QByteArray, headers);
    RequestParser parser(maxBody);
    parser.feed(start + "\r\nHost: a\r\n" + headers + "\r\n");
    QTEST(parser.isWebSocketUpgrade(), "isUpgrade");
}

QTEST_APPLESS_MAIN(TestRequestParser)
#include "tst_request_parser.moc"
