#include "transport/ClientAddress.h"

#include <QTest>

using namespace concierge::transport;

class TestClientAddress : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void forwardedAddress_takesAddressesOnly_data()
    {
        QTest::addColumn<QByteArray>("entry");
        QTest::addColumn<QString>("address"); // empty: it is none
        const auto row = [](const char *name, const QByteArray &entry, const char *address) {
            QTest::newRow(name) << entry << QString::fromLatin1(address);
        };
        row("IPv4", "203.0.113.7", "203.0.113.7");
        row("blanks around", " \t203.0.113.7 ", "203.0.113.7");
        row("with a port", "203.0.113.7:51234", "203.0.113.7");
        row("IPv6", "2001:db8::1", "2001:db8::1");
        row("IPv6 in brackets", "[2001:db8::1]", "2001:db8::1");
        row("IPv6 with a port", "[2001:db8::1]:443", "2001:db8::1");
        row("in quotes", "\"[2001:db8::1]:443\"", "2001:db8::1");
        row("mapped", "::ffff:203.0.113.7", "203.0.113.7");
        row("mapped, with a port", "[::ffff:203.0.113.7]:80", "203.0.113.7");
        row("with a zone", "fe80::1%eth0", "fe80::1");
        row("nothing", "", "");
        row("blanks", "   ", "");
        row("unknown", "unknown", "");
        row("a hidden name", "_secret", "");
        row("a host name", "example.com", "");
        row("a host name with a port", "example.com:80", "");
        row("three numbers", "1.2.3", "");
        row("five numbers", "1.2.3.4.5", "");
        row("over 255", "1.2.3.256", "");
        row("a whole number", "2130706433", "");
        row("a hexadecimal number", "0x7f000001", "");
        row("no port behind the colon", "1.2.3.4:", "");
        row("a port that is none", "1.2.3.4:http", "");
        row("a port that is too long", "1.2.3.4:123456", "");
        row("an open bracket", "[2001:db8::1", "");
        row("something behind the bracket", "[2001:db8::1]x", "");
        row("IPv4 in brackets", "[1.2.3.4]", "");
        row("empty brackets", "[]", "");
        row("a NUL in it", QByteArray("1.2.3.4\0", 8), "");
        row("a blank in it", "1.2.3. 4", "");
        row("a quote without its other", "\"1.2.3.4", "");
        row("very long", QByteArray(100'000, '1'), "");
        row("brackets within brackets", "[[::1]]", "");
        row("bytes above ASCII", "1.2.3.\xB2", "");
    }
    void forwardedAddress_takesAddressesOnly()
    {
        QFETCH(QByteArray, entry);
        QFETCH(QString, address);
        const auto parsed = forwardedAddress(entry);
        QCOMPARE(parsed ? parsed->toString() : QString(), address);
    }

    void clientAddress_isTheRightmostThatIsNoProxy_data()
    {
        QTest::addColumn<QString>("proxies");
        QTest::addColumn<QString>("peer");
        QTest::addColumn<QList<QByteArray>>("headers");
        QTest::addColumn<QString>("client");
        using Headers = QList<QByteArray>;
        const auto row = [](const char *name, const char *proxies, const char *peer, const Headers &headers,
                            const char *client) {
            QTest::newRow(name) << QString::fromLatin1(proxies) << QString::fromLatin1(peer) << headers
                                << QString::fromLatin1(client);
        };
        row("no proxies: the header is nobody's", "", "198.51.100.1", {"1.2.3.4"}, "198.51.100.1");
        row("from an untrusted peer", "10.0.0.0/8", "198.51.100.1", {"1.2.3.4"}, "198.51.100.1");
        row("from a proxy", "10.0.0.0/8", "10.1.2.3", {"1.2.3.4"}, "1.2.3.4");
        row("from a proxy, without the header", "10.0.0.0/8", "10.1.2.3", {}, "10.1.2.3");
        row("from a proxy, empty", "10.0.0.0/8", "10.1.2.3", {""}, "10.1.2.3");
        row("what the client wrote itself", "10.0.0.0/8", "10.1.2.3", {"6.6.6.6, 1.2.3.4"}, "1.2.3.4");
        row("a client that names a proxy", "10.0.0.0/8", "10.1.2.3", {"10.9.9.9, 1.2.3.4"}, "1.2.3.4");
        row("several proxies", "10.0.0.0/8,loopback", "127.0.0.1", {"6.6.6.6,1.2.3.4,10.0.0.9"}, "1.2.3.4");
        row("several headers", "10.0.0.0/8", "10.1.2.3", {"6.6.6.6", "1.2.3.4, 10.0.0.1"}, "1.2.3.4");
        row("proxies all the way", "10.0.0.0/8", "10.1.2.3", {"10.0.0.5, 10.0.0.6"}, "10.0.0.5");
        row("nonsense at the right", "10.0.0.0/8", "10.1.2.3", {"1.2.3.4, unknown"}, "10.1.2.3");
        row("nonsense behind a proxy", "10.0.0.0/8", "10.1.2.3", {"1.2.3.4, x, 10.0.0.7"}, "10.0.0.7");
        row("commas only", "10.0.0.0/8", "10.1.2.3", {",,,"}, "10.1.2.3");
        row("a trailing comma", "10.0.0.0/8", "10.1.2.3", {"1.2.3.4,"}, "10.1.2.3");
        row("a mapped peer", "10.0.0.0/8", "::ffff:10.1.2.3", {"1.2.3.4"}, "1.2.3.4");
        row("a mapped proxy in the setting", "::ffff:10.1.2.3", "10.1.2.3", {"1.2.3.4"}, "1.2.3.4");
        row("an IPv6 proxy", "2001:db8::/32", "2001:db8::5", {"2001:db9::1"}, "2001:db9::1");
        row("IPv4 is not of ::/0", "::/0", "10.1.2.3", {"1.2.3.4"}, "10.1.2.3");
        row("loopback, IPv6", "loopback", "::1", {"1.2.3.4"}, "1.2.3.4");
        row("a link-local proxy with a zone", "fe80::1", "fe80::1%eth0", {"1.2.3.4"}, "1.2.3.4");
        QByteArray many = "6.6.6.6";
        for (int i = 0; i < 100; ++i)
            many += ", 10.0.0.1";
        row("a very long chain ends at a proxy", "10.0.0.0/8", "10.1.2.3", {many}, "10.0.0.1");
    }
    void clientAddress_isTheRightmostThatIsNoProxy()
    {
        QFETCH(QString, proxies);
        QFETCH(QString, peer);
        QFETCH(QList<QByteArray>, headers);
        QFETCH(QString, client);
        TrustedProxies trusted;
        for (const QString &entry : proxies.split(u',', Qt::SkipEmptyParts))
            QVERIFY(trusted.add(entry));
        HeaderList list{{"Host", "x"}};
        for (const QByteArray &header : headers)
            list.append({"x-Forwarded-For", header});
        QCOMPARE(clientAddress(QHostAddress(peer), list, trusted).toString(), client);
    }

    void proxies_whatIsNoNetwork_isNotTaken_data()
    {
        QTest::addColumn<QString>("text");
        for (const char *text : {"proxy", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/8/8", "10/8",
                                 "::/129", "fe80::1%eth0", "10.0.0.1 10.0.0.2", "[::1]", "/8", "*"})
            QTest::newRow(text) << QString::fromLatin1(text);
    }
    void proxies_whatIsNoNetwork_isNotTaken()
    {
        QFETCH(QString, text);
        TrustedProxies proxies;
        QVERIFY(!proxies.add(text));
        QVERIFY(proxies.isEmpty());
    }
};

QTEST_APPLESS_MAIN(TestClientAddress)
#include "tst_client_address.moc"
