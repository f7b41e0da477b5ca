# SPDX-FileCopyrightText: 2026 Retryscope contributors
# SPDX-License-Identifier: Apache-2.0
# What find_package(Retryscope) finds: Retryscope::Core with its headers, and Retryscope::Policy, which needs
# nothing. cmake --install BUILD --component development
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/Retryscope)
set_target_properties(retryscope_core PROPERTIES EXPORT_NAME Core)
set_target_properties(retryscope_base PROPERTIES EXPORT_NAME Base)
set_target_properties(retryscope_policy PROPERTIES EXPORT_NAME Policy)

# The Qt modules that a user of the static libraries must find too.
get_target_property(core_libraries retryscope_core LINK_LIBRARIES)
set(RETRYSCOPE_QT_MODULES Core)
foreach(library IN LISTS core_libraries)
  if(library MATCHES "^Qt6::([A-Za-z]+)$")
    list(APPEND RETRYSCOPE_QT_MODULES ${CMAKE_MATCH_1})
  endif()
endforeach()
list(JOIN RETRYSCOPE_QT_MODULES " " RETRYSCOPE_QT_MODULES)

configure_package_config_file(RetryscopeConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/RetryscopeConfig.cmake
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/RetryscopeConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(TARGETS retryscope_core retryscope_base retryscope_policy EXPORT RetryscopeTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
install(EXPORT RetryscopeTargets NAMESPACE Retryscope:: DESTINATION ${package_dir} COMPONENT development)
install(DIRECTORY ./ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/retryscope COMPONENT development FILES_MATCHING PATTERN "*.h")
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/RetryscopeConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/RetryscopeConfigVersion.cmake
  DESTINATION ${package_dir} COMPONENT development)
