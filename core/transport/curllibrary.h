// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/expected.h"

#include <QString>

#include <curl/curl.h>

namespace retryscope {

/// libcurl's functions by their own names without "curl_". The library is opened by whoever wants the first transport on it:
/// it brings LDAP, Kerberos and twenty others, which a window or a command that never uses it would load at each start.
struct CurlLibrary
{
    decltype(&curl_easy_cleanup) easyCleanup = nullptr;
    decltype(&curl_easy_getinfo) easyGetinfo = nullptr;
    decltype(&curl_easy_init) easyInit = nullptr;
    decltype(&curl_easy_pause) easyPause = nullptr;
    decltype(&curl_easy_setopt) easySetopt = nullptr;
    decltype(&curl_easy_strerror) easyStrerror = nullptr;
    decltype(&curl_global_init) globalInit = nullptr;
    decltype(&curl_multi_add_handle) multiAddHandle = nullptr;
    decltype(&curl_multi_cleanup) multiCleanup = nullptr;
    decltype(&curl_multi_info_read) multiInfoRead = nullptr;
    decltype(&curl_multi_init) multiInit = nullptr;
    decltype(&curl_multi_remove_handle) multiRemoveHandle = nullptr;
    decltype(&curl_multi_setopt) multiSetopt = nullptr;
    decltype(&curl_multi_socket_action) multiSocketAction = nullptr;
    decltype(&curl_slist_append) slistAppend = nullptr;
    decltype(&curl_slist_free_all) slistFreeAll = nullptr;
    decltype(&curl_version_info) versionInfo = nullptr;
};

/// Opened once in the process, from any thread. The error: a sentence that says what is missing and what to install.
const Expected<CurlLibrary, QString> &findCurl();
/// Where findCurl() has found it.
inline const CurlLibrary &curl() { return *findCurl(); }

} // namespace retryscope
