/// A `.env` file and the settings in it: what is accepted is within its limits, what is refused is said in
/// one line, and no secret is in what is shown.

#include "FuzzSupport.h"

#include "app/Config.h"
#include "app/ConfigTable.h"
#include "shared/DotEnv.h"

#include <algorithm>

using namespace concierge;
using namespace concierge::app;

namespace {

/// Of every secret of these tests.
const QString mark = QStringLiteral("hidden");

bool isLine(const QString &text)
{
    return !text.isEmpty() && std::none_of(text.begin(), text.end(), [](QChar c) {
        return c == u'\n' || c == u'\r' || c == QChar(QChar::LineSeparator);
    });
}

void checkName(const QString &name)
{
    FUZZ_CHECK(!name.isEmpty() && std::all_of(name.begin(), name.end(), [](QChar c) {
        return c.isLetterOrNumber() || c == u'_' || c == u'.' || c == u'-';
    }));
}

/// Between single quotes, it is read as it is.
void checkAgain(const QString &name, const QString &value)
{
    checkName(name);
    if (value.contains(u'\'') || value.contains(u'\r') || value.contains(QChar(0)))
        return;
    const auto again = parseDotEnv((name + QStringLiteral("='") + value + u'\'').toUtf8());
    FUZZ_CHECK(again && again->size() == 1 && again->value(name) == value);
}

void checkConfig(const Config &config)
{
    FUZZ_CHECK(config.workers >= 1 && config.maxTextLength >= 1 && config.maxPayload >= 1);
    FUZZ_CHECK(config.outboxMaxBytes >= config.maxPayload && config.logFileCount >= 1);
    FUZZ_CHECK(config.pingInterval.count() > 0 && config.pingTimeout.count() > 0);
    FUZZ_CHECK(config.socketPath.startsWith('/') && !config.bind.isNull() && !config.healthBind.isNull());
}

/// The settings of the file, those that are secret with the mark in them.
Environment markedOf(DotEnv values)
{
    for (const Setting &setting : settings()) {
        const auto value = values.find(QLatin1String(setting.name));
        if (setting.isSecret && value != values.end() && !value->isEmpty())
            *value += mark;
    }
    return values;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const auto values =
        parseDotEnv(QByteArray(reinterpret_cast<const char *>(data), static_cast<qsizetype>(size)));
    if (!values)
        return 0;
    for (auto value = values->cbegin(); value != values->cend(); ++value)
        checkAgain(value.key(), value.value());
    const bool hasMark = std::any_of(values->cbegin(), values->cend(),
                                     [](const QString &value) { return value.contains(mark); });
    const auto loaded = loadConfig({}, markedOf(*values), {});
    if (!loaded) {
        FUZZ_CHECK(isLine(loaded.error().line));
        FUZZ_CHECK(hasMark || !loaded.error().line.contains(mark));
        return 0;
    }
    checkConfig(loaded->config);
    FUZZ_CHECK(hasMark || !printedConfig(loaded->config).contains(mark));
    for (const feed::Setting &setting : shownSettings(loaded->config))
        FUZZ_CHECK(hasMark || !setting.value.contains(mark));
    return 0;
}
