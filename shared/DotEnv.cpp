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

DotEnv readLines(QString text)
{
    // The grammar of npm's dotenv 16, so that a file means here what it means to the seed.
    static const QRegularExpression line(
        QStringLiteral(
            R"re(^\s*(?:export\s+)?([\w.-]+)(?:\s*=\s*?|:\s+?)(\s*'(?:\\'|[^'])*'|\s*"(?:\\"|[^"])*")re"
            R"re(|\s*`(?:\\`|[^`])*`|[^#\n]+)?[^\S\n]*(?:#.*)?$)re"),
        QRegularExpression::MultilineOption);
    text.replace(QLatin1String("\r\n"), QLatin1String("\n")).replace(u'\r', u'\n');
    DotEnv values;
    for (auto matches = line.globalMatch(text); matches.hasNext();) {
        const auto match = matches.next();
        values.insert(match.captured(1), dotEnvValue(match.captured(2)));
    }
    return values;
}

} // namespace

std::optional<DotEnv> parseDotEnv(const QByteArray &bytes)
{
    QStringDecoder decoder(QStringConverter::encodingForData(bytes).value_or(QStringConverter::Utf8));
    const QString text = decoder.decode(bytes);
    return decoder.hasError() ? std::nullopt : std::optional(readLines(text));
}

Result<DotEnv, DotEnvError> readDotEnv(const QString &path)
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
    auto values = parseDotEnv(bytes);
    if (!values)
        return unreadable(QStringLiteral("it is not UTF-8"));
    return *std::move(values);
}

} // namespace concierge
