#include "ChartScale.h"
#include "Format.h"
#include "Language.h"
#include "MonitorTest.h"
#include "PlainLog.h"

#include <QFile>
#include <QProcess>
#include <QRegularExpression>
#include <QXmlStreamReader>

using namespace concierge::monitor;

namespace {

struct Message
{
    QString context;
    QString source;
    QStringList translations;
    bool isUnfinished = false;
};

QList<Message> readMessages(const QString &path)
{
    QFile file(path);
    QList<Message> messages;
    if (!file.open(QIODevice::ReadOnly))
        return messages;
    QXmlStreamReader xml(&file);
    QString context;
    Message message;
    while (!xml.atEnd()) {
        const auto token = xml.readNext();
        if (token == QXmlStreamReader::EndElement && xml.name() == QLatin1String("message"))
            messages.append(message);
        if (token != QXmlStreamReader::StartElement)
            continue;
        if (xml.name() == QLatin1String("name")) {
            context = xml.readElementText();
        } else if (xml.name() == QLatin1String("message")) {
            message = {context, {}, {}, false};
        } else if (xml.name() == QLatin1String("source")) {
            message.source = xml.readElementText();
        } else if (xml.name() == QLatin1String("translation")) {
            message.isUnfinished = xml.attributes().hasAttribute(QLatin1String("type"));
            const QString text = xml.readElementText(QXmlStreamReader::IncludeChildElements).trimmed();
            message.translations.append(text);
        }
    }
    return messages;
}

QString key(const Message &message)
{
    return message.context + QStringLiteral(" | ") + message.source;
}

/// %1, %2, …, each once.
QStringList places(const QString &text)
{
    static const QRegularExpression place(QStringLiteral("%\\d"));
    QStringList found;
    for (auto match = place.globalMatch(text); match.hasNext();)
        found.append(match.next().captured());
    found.sort();
    found.removeDuplicates();
    return found;
}

} // namespace

class TestMonitorTranslations : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void german_isComplete()
    {
        const auto messages = readMessages(QStringLiteral(TRANSLATIONS "/concierge-monitor_de.ts"));
        QVERIFY(messages.size() > 300);
        for (const Message &message : messages) {
            QVERIFY2(!message.isUnfinished, qPrintable(key(message)));
            QVERIFY2(!message.translations.join(QString()).isEmpty(), qPrintable(key(message)));
            QVERIFY2(places(message.source) == places(message.translations.join(QString())),
                     qPrintable(key(message)));
        }
    }

    void everyText_isInTheFile_data()
    {
        QTest::addColumn<QString>("language");
        QTest::addColumn<QStringList>("flags");
        QTest::newRow("German") << QStringLiteral("de") << QStringList();
        QTest::newRow("English plurals")
            << QStringLiteral("en") << QStringList(QStringLiteral("-pluralonly"));
    }
    void everyText_isInTheFile()
    {
        QFETCH(QString, language);
        QFETCH(QStringList, flags);
        QTemporaryDir folder;
        const QString fresh = folder.filePath(QStringLiteral("fresh_%1.ts").arg(language));
        QProcess lupdate;
        lupdate.start(QStringLiteral(LUPDATE),
                      flags + QStringList{QStringLiteral("-silent"), QStringLiteral("-locations"),
                                          QStringLiteral("none"), QStringLiteral(MONITOR_SOURCES),
                                          QStringLiteral("-ts"), fresh});
        QVERIFY2(lupdate.waitForFinished(60'000), qPrintable(lupdate.errorString()));
        QCOMPARE(lupdate.exitCode(), 0);
        QSet<QString> kept;
        for (const Message &message :
             readMessages(QStringLiteral(TRANSLATIONS "/concierge-monitor_%1.ts").arg(language)))
            kept.insert(key(message));
        QSet<QString> said;
        for (const Message &message : readMessages(fresh))
            said.insert(key(message));
        QVERIFY(!said.isEmpty());
        const QStringList missing = (said - kept).values();
        QVERIFY2(missing.isEmpty(), qPrintable(missing.join(QLatin1Char('\n'))));
        const QStringList surplus = (kept - said).values();
        QVERIFY2(surplus.isEmpty(), qPrintable(surplus.join(QLatin1Char('\n'))));
    }

    void languages_areSpoken()
    {
        QCOMPARE(languages(), (QStringList{QStringLiteral("de"), QStringLiteral("en")}));
        applyLanguage(QStringLiteral("de"));
        QCOMPARE(QCoreApplication::translate("Situation", "The server is not running"),
                 QStringLiteral("Der Server läuft nicht"));
        QCOMPARE(QCoreApplication::translate("Situation", "%Ln message(s) wait for people who are offline",
                                             nullptr, 1'234),
                 QStringLiteral("1.234 Nachrichten warten auf Personen, die nicht da sind"));
        const qint64 noon = QDateTime(QDate(2026, 11, 27), QTime(12, 0)).toMSecsSinceEpoch();
        QCOMPARE(Format::dateTime(noon), QStringLiteral("27. Nov. 2026 12:00"));
        QCOMPARE(timeTicks(noon - 7 * 86'400'000LL, noon, 8).constLast().label, QStringLiteral("27. Nov."));
        applyLanguage(QStringLiteral("en"));
        QCOMPARE(QCoreApplication::translate("Situation", "%Ln message(s) wait for people who are offline",
                                             nullptr, 1),
                 QStringLiteral("1 message waits for somebody who is offline"));
        QCOMPARE(Format::dateTime(noon), QStringLiteral("27 Nov 2026 12:00"));
        QCOMPARE(plainMessage({0, {}, {}, QStringLiteral("stopping: 1 sessions to close"), 0}),
                 QStringLiteral("The server is stopping; 1 connection is being closed."));
    }
};

CONCIERGE_MONITOR_TEST(TestMonitorTranslations)
#include "tst_monitor_translations.moc"
