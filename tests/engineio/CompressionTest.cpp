#include "engineio/Compression.h"
#include "EngineFixture.h"

#include <zlib.h>

using namespace concierge;
using namespace concierge::test;

class CompressionTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void compress_choosesByAcceptEncoding_data();
    void compress_choosesByAcceptEncoding();
    void poll_largeAnswer_isCompressed_smallIsNot();
};

namespace {

QByteArray inflated(const QByteArray &bytes, bool isGzip)
{
    z_stream stream{};
    if (inflateInit2(&stream, isGzip ? 31 : 15) != Z_OK)
        return {};
    QByteArray out(1'000'000, Qt::Uninitialized);
    QByteArray in = bytes;
    stream.next_in = reinterpret_cast<Bytef *>(in.data());
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = reinterpret_cast<Bytef *>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const bool isComplete = inflate(&stream, Z_FINISH) == Z_STREAM_END;
    out.resize(static_cast<qsizetype>(stream.total_out));
    inflateEnd(&stream);
    return isComplete ? out : QByteArray();
}

} // namespace

void CompressionTest::compress_choosesByAcceptEncoding_data()
{
    QTest::addColumn<QByteArray>("accept");
    QTest::addColumn<QByteArray>("encoding");
    QTest::newRow("browser") << QByteArray("gzip, deflate, br") << QByteArray("gzip");
    QTest::newRow("deflate first, equal") << QByteArray("deflate, gzip") << QByteArray("gzip");
    QTest::newRow("deflate only") << QByteArray("deflate") << QByteArray("deflate");
    QTest::newRow("deflate preferred") << QByteArray("gzip;q=0.5, deflate;q=0.8") << QByteArray("deflate");
    QTest::newRow("gzip refused") << QByteArray("gzip;q=0, *") << QByteArray("deflate");
    QTest::newRow("anything") << QByteArray("*") << QByteArray("gzip");
    QTest::newRow("upper case, blanks") << QByteArray(" GZIP ; Q=1 ") << QByteArray("gzip");
    QTest::newRow("other only") << QByteArray("br") << QByteArray();
    QTest::newRow("identity") << QByteArray("identity") << QByteArray();
    QTest::newRow("all refused") << QByteArray("*;q=0") << QByteArray();
    QTest::newRow("nonsense quality") << QByteArray("gzip;q=abc") << QByteArray();
    QTest::newRow("empty") << QByteArray("") << QByteArray();
}

void CompressionTest::compress_choosesByAcceptEncoding()
{
    QFETCH(QByteArray, accept);
    QFETCH(QByteArray, encoding);
    const QByteArray body = QByteArray("4hello ").repeated(1'000);
    ExchangeLog log;
    log.response = transport::HttpResponse{200, "text/plain", body, {}};
    engineio::compress(*log.response, makeRequest("GET", "/", {}, {{"Accept-Encoding", accept}}));
    QCOMPARE(log.header("Content-Encoding"), encoding);
    if (encoding.isEmpty()) {
        QCOMPARE(log.body(), body);
    } else {
        QVERIFY(log.body().size() < body.size() / 10);
        QCOMPARE(inflated(log.body(), encoding == "gzip"), body);
    }
}

void CompressionTest::poll_largeAnswer_isCompressed_smallIsNot()
{
    EngineFixture fixture;
    const QByteArray sid = fixture.openPolling();
    const auto poll = [&fixture, &sid](qsizetype size) {
        EngineFixture::sendText(*fixture.logs.front()->session, QByteArray(size - 1, 'x'));
        const auto exchange = fixture.request(
            makeRequest("GET", EngineFixture::polling(sid), {}, {{"Accept-Encoding", "gzip"}}));
        fixture.turn();
        return exchange;
    };
    const auto small = poll(1023);
    QCOMPARE(small->header("Content-Encoding"), QByteArray());
    QCOMPARE(small->body(), '4' + QByteArray(1022, 'x'));
    const auto large = poll(1024);
    QCOMPARE(large->header("Content-Encoding"), QByteArray("gzip"));
    QCOMPARE(large->header("cache-control"), QByteArray("no-store"));
    QCOMPARE(inflated(large->body(), true), '4' + QByteArray(1023, 'x'));
}

QTEST_APPLESS_MAIN(CompressionTest)
#include "CompressionTest.moc"
