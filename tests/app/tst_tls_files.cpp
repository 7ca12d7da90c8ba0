#include "app/TlsCertificate.h"
#include "support/FakeClock.h"
#include "transport/TlsFiles.h"

#include <QProcess>
#include <QSslKey>
#include <QTemporaryDir>
#include <QtTest>

using namespace concierge;
using namespace concierge::test;
using namespace concierge::transport;

class TlsFilesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void pair_thatFits_isTaken_data();
    void pair_thatFits_isTaken();
    void pair_thatIsWrong_isRefused_withOneLine_data();
    void pair_thatIsWrong_isRefused_withOneLine();
    void chain_isJudgedByItsFirstCertificate_andEndsWithTheFirst();
    void expired_isAWarning();
    void keyReadableByOthers_isAWarning();
    void reload_takesAPairThatFits_andKeepsTheOldOneOtherwise();
    void reload_takesLinksThatPointElsewhere();

private:
    QString path(const QString &name) const { return m_folder.filePath(name); }
    void write(const QString &name, const QByteArray &bytes) const;
    QByteArray read(const QString &name) const;
    void make(const QString &name, const QStringList &algorithm, int days = 3650) const;
    static QDateTime now() { return QDateTime::currentDateTimeUtc(); }

    QTemporaryDir m_folder;
};

void TlsFilesTest::write(const QString &name, const QByteArray &bytes) const
{
    QFile file(path(name));
    QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
    file.write(bytes);
    file.setPermissions(QFileDevice::ReadOwner | QFileDevice::WriteOwner);
}

QByteArray TlsFilesTest::read(const QString &name) const
{
    QFile file(path(name));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// `name`.crt and `name`.key.
void TlsFilesTest::make(const QString &name, const QStringList &algorithm, int days) const
{
    const QString key = path(name + QStringLiteral(".key"));
    QStringList arguments{QStringLiteral("req"), QStringLiteral("-x509"), QStringLiteral("-newkey")};
    arguments += algorithm;
    arguments += {QStringLiteral("-nodes"),
                  QStringLiteral("-keyout"),
                  key,
                  QStringLiteral("-out"),
                  path(name + QStringLiteral(".crt")),
                  QStringLiteral("-days"),
                  QString::number(days),
                  QStringLiteral("-subj"),
                  QStringLiteral("/CN=") + name};
    QCOMPARE(QProcess::execute(QStringLiteral("openssl"), arguments), 0);
    QFile::setPermissions(key, QFileDevice::ReadOwner | QFileDevice::WriteOwner);
}

void TlsFilesTest::initTestCase()
{
    if (whyNoTls())
        QSKIP("this Qt has no TLS");
    make(QStringLiteral("rsa"), {QStringLiteral("rsa:2048")});
    make(QStringLiteral("ec"),
         {QStringLiteral("ec"), QStringLiteral("-pkeyopt"), QStringLiteral("ec_paramgen_curve:P-256")});
    make(QStringLiteral("ed25519"), {QStringLiteral("ed25519")});
    make(QStringLiteral("short"), {QStringLiteral("ed25519")}, 10);
    QCOMPARE(
        QProcess::execute(QStringLiteral("openssl"),
                          {QStringLiteral("pkey"), QStringLiteral("-in"), path(QStringLiteral("ec.key")),
                           QStringLiteral("-aes256"), QStringLiteral("-passout"), QStringLiteral("pass:word"),
                           QStringLiteral("-out"), path(QStringLiteral("encrypted.key"))}),
        0);
    write(QStringLiteral("text"), "no PEM\n");
    write(QStringLiteral("empty"), "");
    write(QStringLiteral("large"), QByteArray(1'000'001, 'x'));
    const QByteArray certificate = read(QStringLiteral("ec.crt"));
    write(QStringLiteral("cut.crt"), certificate.first(certificate.size() / 2));
    write(QStringLiteral("cut.key"), read(QStringLiteral("rsa.key")).first(400));
    write(QStringLiteral("chain.crt"), certificate + read(QStringLiteral("short.crt")));
    write(QStringLiteral("both.pem"), certificate + read(QStringLiteral("ec.key")));
}

void TlsFilesTest::pair_thatFits_isTaken_data()
{
    QTest::addColumn<QString>("certificate");
    QTest::addColumn<QString>("key");
    QTest::newRow("RSA") << "rsa.crt"
                         << "rsa.key";
    QTest::newRow("EC") << "ec.crt"
                        << "ec.key";
    QTest::newRow("Ed25519") << "ed25519.crt"
                             << "ed25519.key";
    QTest::newRow("a chain") << "chain.crt"
                             << "ec.key";
    QTest::newRow("both in one file") << "both.pem"
                                      << "both.pem";
}

void TlsFilesTest::pair_thatFits_isTaken()
{
    QFETCH(QString, certificate);
    QFETCH(QString, key);
    const TlsFiles files{path(certificate), path(key)};
    const auto bytes = readTlsFiles(files);
    QVERIFY(bytes);
    const auto identity = makeTlsIdentity(files, *bytes, now());
    QVERIFY2(identity, qPrintable(identity ? QString() : identity.error().line));
    QVERIFY2(identity->warnings.isEmpty(), qPrintable(identity->warnings.join(u'\n')));
    QVERIFY(!identity->configuration.privateKey().isNull());
    QCOMPARE(identity->configuration.protocol(), QSsl::TlsV1_2OrLater);
}

void TlsFilesTest::pair_thatIsWrong_isRefused_withOneLine_data()
{
    QTest::addColumn<QString>("certificate");
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("setting");
    QTest::addColumn<QString>("says");
    const auto row = [](const char *name, const char *certificate, const char *key, const char *setting,
                        const char *says) {
        QTest::newRow(name) << QString::fromLatin1(certificate) << QString::fromLatin1(key)
                            << QString::fromLatin1(setting) << QString::fromLatin1(says);
    };
    row("no certificate file", "none", "ec.key", "TLS_CERT", "does not exist");
    row("no key file", "ec.crt", "none", "TLS_KEY", "does not exist");
    row("a folder", ".", "ec.key", "TLS_CERT", "cannot be read");
    row("a huge file", "large", "ec.key", "TLS_CERT", "larger than a megabyte");
    row("empty certificate", "empty", "ec.key", "TLS_CERT", "holds no certificate");
    row("certificate no PEM", "text", "ec.key", "TLS_CERT", "holds no certificate");
    row("half a certificate", "cut.crt", "ec.key", "TLS_CERT", "holds no certificate");
    row("exchanged", "ec.key", "ec.crt", "TLS_CERT", "exchanged");
    row("key no PEM", "ec.crt", "text", "TLS_KEY", "holds no private key");
    row("half a key", "rsa.crt", "cut.key", "TLS_KEY", "cannot be used");
    row("encrypted key", "ec.crt", "encrypted.key", "TLS_KEY", "passphrase");
    row("another's key", "ec.crt", "rsa.key", "TLS_KEY", "is not the key");
    row("another's key of the same kind", "ed25519.crt", "short.key", "TLS_KEY", "is not the key");
    row("the key of a later one", "chain.crt", "short.key", "TLS_KEY", "must come first");
}

void TlsFilesTest::pair_thatIsWrong_isRefused_withOneLine()
{
    QFETCH(QString, certificate);
    QFETCH(QString, key);
    QFETCH(QString, setting);
    QFETCH(QString, says);
    const TlsFiles files{path(certificate), path(key)};
    const auto bytes = readTlsFiles(files);
    QString line;
    if (!bytes) {
        line = bytes.error().line;
    } else {
        const auto identity = makeTlsIdentity(files, *bytes, now());
        QVERIFY(!identity);
        line = identity.error().line;
    }
    QVERIFY2(line.startsWith(setting + QStringLiteral(": ")), qPrintable(line));
    QVERIFY2(line.contains(says), qPrintable(line));
    QVERIFY(!line.contains(u'\n'));
    QVERIFY(line.contains(setting == QLatin1String("TLS_CERT") ? files.certificate : files.key));
}

void TlsFilesTest::chain_isJudgedByItsFirstCertificate_andEndsWithTheFirst()
{
    const TlsFiles files{path(QStringLiteral("chain.crt")), path(QStringLiteral("ec.key"))};
    const auto identity = makeTlsIdentity(files, *readTlsFiles(files), now());
    QVERIFY(identity);
    QCOMPARE(identity->configuration.localCertificateChain().size(), qsizetype(2));
    QVERIFY(identity->expires < now().addDays(11));
}

void TlsFilesTest::expired_isAWarning()
{
    const TlsFiles files{path(QStringLiteral("short.crt")), path(QStringLiteral("short.key"))};
    const auto identity = makeTlsIdentity(files, *readTlsFiles(files), now().addDays(11));
    QVERIFY(identity);
    QCOMPARE(identity->warnings.size(), qsizetype(1));
    QVERIFY2(identity->warnings.front().contains(QLatin1String("expired on")),
             qPrintable(identity->warnings.front()));
}

void TlsFilesTest::keyReadableByOthers_isAWarning()
{
    write(QStringLiteral("open.key"), read(QStringLiteral("ec.key")));
    QFile::setPermissions(path(QStringLiteral("open.key")),
                          QFileDevice::ReadOwner | QFileDevice::WriteOwner | QFileDevice::ReadOther);
    const TlsFiles files{path(QStringLiteral("ec.crt")), path(QStringLiteral("open.key"))};
    const auto identity = makeTlsIdentity(files, *readTlsFiles(files), now());
    QVERIFY(identity);
    QCOMPARE(identity->warnings.size(), qsizetype(1));
    QVERIFY(identity->warnings.front().startsWith(QLatin1String("TLS_KEY: ")));
}

void TlsFilesTest::reload_takesAPairThatFits_andKeepsTheOldOneOtherwise()
{
    using metrics::Counter;
    write(QStringLiteral("live.crt"), read(QStringLiteral("ec.crt")));
    write(QStringLiteral("live.key"), read(QStringLiteral("ec.key")));
    FakeClock clock;
    metrics::Metrics metrics;
    auto opened =
        app::TlsCertificate::open({path(QStringLiteral("live.crt")), path(QStringLiteral("live.key"))}, clock,
                                  metrics.registerThread());
    QVERIFY(opened);
    app::TlsCertificate &certificate = **opened;
    const auto inUse = [&certificate] {
        return certificate.context()->current().localCertificate().subjectInfo(QSslCertificate::CommonName);
    };
    certificate.look();
    QCOMPARE(inUse(), QStringList(QStringLiteral("ec")));

    write(QStringLiteral("live.crt"), read(QStringLiteral("short.crt")));
    certificate.look();
    certificate.look();
    QCOMPARE(inUse(), QStringList(QStringLiteral("ec")));
    QCOMPARE(metrics.snapshot()[Counter::TlsReloadFailures], std::uint64_t(1));

    QFile::remove(path(QStringLiteral("live.key")));
    certificate.look();
    QCOMPARE(inUse(), QStringList(QStringLiteral("ec")));

    write(QStringLiteral("live.key"), read(QStringLiteral("short.key")));
    const qint64 before = certificate.expires();
    certificate.look();
    QCOMPARE(inUse(), QStringList(QStringLiteral("short")));
    QVERIFY(certificate.expires() < before);
    QCOMPARE(metrics.snapshot()[Counter::TlsReloads], std::uint64_t(1));
}

void TlsFilesTest::reload_takesLinksThatPointElsewhere()
{
#ifdef Q_OS_WIN
    QSKIP("links are for those who may make them");
#endif
    const auto point = [this](const QString &name) {
        for (const auto *ending : {"crt", "key"}) {
            const QString link = path(QStringLiteral("link.") + QLatin1String(ending));
            QFile::remove(link);
            QVERIFY(QFile::link(path(name + u'.' + QLatin1String(ending)), link));
        }
    };
    point(QStringLiteral("rsa"));
    FakeClock clock;
    metrics::Metrics metrics;
    auto opened =
        app::TlsCertificate::open({path(QStringLiteral("link.crt")), path(QStringLiteral("link.key"))}, clock,
                                  metrics.registerThread());
    QVERIFY(opened);
    point(QStringLiteral("ed25519"));
    (*opened)->look();
    QCOMPARE((*opened)->context()->current().localCertificate().subjectInfo(QSslCertificate::CommonName),
             QStringList(QStringLiteral("ed25519")));
}

QTEST_GUILESS_MAIN(TlsFilesTest)
#include "tst_tls_files.moc"
