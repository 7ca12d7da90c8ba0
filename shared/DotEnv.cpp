#include "shared/DotEnv.h"

#include <QFile>
#include <QFileInfo>
#include <QRegularExpression>
#include <QStringDecoder>

namespace concierge {

namespace {

constexpr qsizetype dotEnvMaxBytes = 1'048'576;

/// What a dotenv value means: quotes removed, escapes of double quotes read.
QString dotEnvValue(const QString &raw)
{
    QString text = raw.trimmed();
    const QChar quote = text.isEmpty() ? QChar() : text.front();
    const bool isQuoted =
        text.size() >= 2 && text.back() == quote && (quote == u'"' || quote == u'\'' || quote == u'`');
    if (!isQuoted)
        return text;
    text = text.sliced(1, text.size() - 2);
    if (quote == u'"')
        text.replace(QLatin1String("\\n"), QLatin1String("\n"))
            .replace(QLatin1String("\\r"), QLatin1String("\r"));
    return text;
}

/// A quoted value ends at the first quote behind no backslash, or at one before it where that does not end
/// its line. What the engine has to remember grows with the escaped quotes only, not with the value.
QString quotedPattern(QChar quote)
{
    return QStringLiteral(R"(\s*Q[^Q]*+(?:(?<=\\)Q[^Q]*+)*Q)").replace(u'Q', quote);
}

/// The grammar of npm's dotenv 16, so that a file means here what it means to the seed.
const QRegularExpression &linePattern()
{
    static const QRegularExpression line(QStringLiteral(R"(^\s*(?:export\s+)?([\w.-]+)(?:\s*=\s*?|:\s+?)()") +
                                             quotedPattern(u'\'') + u'|' + quotedPattern(u'"') + u'|' +
                                             quotedPattern(u'`') +
                                             QStringLiteral(R"(|[^#\n]+)?[^\S\n]*(?:#.*)?$)"),
                                         QRegularExpression::MultilineOption);
    return line;
}

/// `gap` lies between two values, and begins where a line does or ends.
void noteOddLines(QStringView gap, qsizetype number, QList<OddLine> &oddLines)
{
    for (const QStringView line : gap.split(u'\n')) {
        const QStringView words = line.trimmed();
        if (!words.isEmpty() && words.front() != u'#')
            oddLines.append({number, words.toString()});
        ++number;
    }
}

Result<DotEnv, QString> readLines(QString text, QList<OddLine> *oddLines)
{
    text.replace(QLatin1String("\r\n"), QLatin1String("\n")).replace(u'\r', u'\n');
    DotEnv values;
    qsizetype begin = 0;
    for (;;) {
        const auto match = linePattern().match(text, begin);
        // More than the engine may take. To go on would pass over settings in silence, a key's for example.
        if (!match.isValid())
            return QStringLiteral("from line %1 on a value has too many escaped quotes")
                .arg(text.first(begin).count(u'\n') + 1);
        if (oddLines)
            noteOddLines(QStringView(text).sliced(
                             begin, (match.hasMatch() ? match.capturedStart() : text.size()) - begin),
                         text.first(begin).count(u'\n') + 1, *oddLines);
        if (!match.hasMatch())
            return values;
        values.insert(match.captured(1), dotEnvValue(match.captured(2)));
        begin = match.capturedEnd();
    }
}

} // namespace

Result<DotEnv, QString> parseDotEnv(const QByteArray &bytes, QList<OddLine> *oddLines)
{
    QStringDecoder decoder(QStringConverter::encodingForData(bytes).value_or(QStringConverter::Utf8));
    const QString text = decoder.decode(bytes);
    if (decoder.hasError())
        return QStringLiteral("it is not UTF-8");
    return readLines(text, oddLines);
}

Result<DotEnv, DotEnvError> readDotEnv(const QString &path, QList<OddLine> *oddLines)
{
    const auto unreadable = [&path](const QString &why) {
        return DotEnvError{QStringLiteral("cannot read ") + path + QStringLiteral(": ") + why +
                           QStringLiteral(". Make it a readable text file, or remove it.")};
    };
    const QFileInfo info(path);
    if (!info.exists() && !info.isSymLink())
        return DotEnv();
    QFile file(path);
    if (info.exists() && !info.isFile())
        return unreadable(info.isDir() ? QStringLiteral("it is a folder")
                                       : QStringLiteral("it is not a regular file"));
    if (!file.open(QIODevice::ReadOnly))
        return unreadable(file.errorString());
    const QByteArray bytes = file.read(dotEnvMaxBytes + 1);
    if (file.error() != QFileDevice::NoError)
        return unreadable(file.errorString());
    if (bytes.size() > dotEnvMaxBytes)
        return unreadable(QStringLiteral("it is larger than 1 MiB"));
    auto values = parseDotEnv(bytes, oddLines);
    if (!values)
        return unreadable(values.error());
    return std::move(values).value();
}

} // namespace concierge
