# SPDX-FileCopyrightText: 2026 Retryscope contributors
# SPDX-License-Identifier: Apache-2.0
# One program of what plays on many threads, for the thread sanitizer: policy and simulator with the words of their results and
# their tests, and nothing else of the core, so that it is built in a minute.
set(core ${PROJECT_SOURCE_DIR}/core)
file(GLOB threaded CONFIGURE_DEPENDS ${core}/simulator/*.cpp)
list(APPEND threaded ${core}/config/retryfields.cpp ${core}/config/retrypresets.cpp)
foreach(words simulationwords recommendationwords certificatewords forecastwords labels)
  list(APPEND threaded ${core}/words/${words}.cpp)
endforeach()
set(tests unit/tst_policy unit/tst_sweep unit/tst_recommendation unit/tst_certificate property/tst_healthmodels
  component/tst_simulation component/tst_throttles)
list(TRANSFORM tests APPEND .cpp OUTPUT_VARIABLE test_sources)
qt_add_resources(threaded_resources ${PROJECT_SOURCE_DIR}/resources/core.qrc)
add_executable(tests_threads EXCLUDE_FROM_ALL support/suite.cpp ${test_sources} ${threaded} ${threaded_resources})
target_include_directories(tests_threads PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(tests_threads PRIVATE retryscope_base retryscope_options Boost::headers Qt6::Test)
target_compile_definitions(tests_threads PRIVATE SOURCE_ROOT="${PROJECT_SOURCE_DIR}")
retryscope_unity(tests_threads)
foreach(test IN LISTS tests)
  get_filename_component(name ${test} NAME)
  add_custom_command(TARGET tests_threads POST_BUILD COMMAND ${CMAKE_COMMAND} -E rm -f ${name}
    COMMAND ${CMAKE_COMMAND} -E create_hardlink tests_threads ${name} WORKING_DIRECTORY ${CMAKE_RUNTIME_OUTPUT_DIRECTORY})
  add_test(NAME ${name} COMMAND ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 600)
endforeach()
