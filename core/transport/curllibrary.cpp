// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "transport/curllibrary.h"

#include <QLibrary>

namespace retryscope {
namespace {

constexpr uint oldest = 0x075800; ///< 7.88: what is asked of it is known from there on

Expected<CurlLibrary, QString> open()
{
    QLibrary file(QStringLiteral("curl"), 4);
    const auto without = [](const QString &why) {
        return Unexpected{QStringLiteral("--transport curl needs libcurl 7.88 or later (on Debian the package libcurl4): "
                                         "%1. Install it, or take --transport qt.")
                              .arg(why)};
    };
    if (!file.load())
        return without(file.errorString());
    CurlLibrary found;
    QString missing;
    const auto take = [&]<typename Function>(Function *into, const char *name) {
        *into = reinterpret_cast<Function>(file.resolve(name));
        if (!*into)
            missing = QStringLiteral("%1 has no %2").arg(file.fileName(), QLatin1String(name));
    };
    take(&found.easyCleanup, "curl_easy_cleanup");
    take(&found.easyGetinfo, "curl_easy_getinfo");
    take(&found.easyInit, "curl_easy_init");
    take(&found.easyPause, "curl_easy_pause");
    take(&found.easySetopt, "curl_easy_setopt");
    take(&found.easyStrerror, "curl_easy_strerror");
    take(&found.globalInit, "curl_global_init");
    take(&found.multiAddHandle, "curl_multi_add_handle");
    take(&found.multiCleanup, "curl_multi_cleanup");
    take(&found.multiInfoRead, "curl_multi_info_read");
    take(&found.multiInit, "curl_multi_init");
    take(&found.multiRemoveHandle, "curl_multi_remove_handle");
    take(&found.multiSetopt, "curl_multi_setopt");
    take(&found.multiSocketAction, "curl_multi_socket_action");
    take(&found.slistAppend, "curl_slist_append");
    take(&found.slistFreeAll, "curl_slist_free_all");
    take(&found.versionInfo, "curl_version_info");
    if (!missing.isEmpty())
        return without(missing);
    if (const auto *built = found.versionInfo(CURLVERSION_NOW); built->version_num < oldest)
        return without(QStringLiteral("%1 is version %2").arg(file.fileName(), QLatin1String(built->version)));
    return found;
}

} // namespace

const Expected<CurlLibrary, QString> &findCurl()
{
    static const Expected<CurlLibrary, QString> found = open();
    return found;
}

} // namespace retryscope
