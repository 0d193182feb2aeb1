# find_package(Tidegate): the target Tidegate::sdk and the function tidegate_add_plugin(). The same file serves an
# installed SDK (lib/cmake/Tidegate, headers in include) and a source tree (-DTidegate_DIR=.../sdk/cmake).
if(NOT TARGET Tidegate::sdk)
  add_library(Tidegate::sdk INTERFACE IMPORTED)
  find_path(TIDEGATE_INCLUDE_FOLDER tidegate/abi.h REQUIRED NO_DEFAULT_PATH
    PATHS ${CMAKE_CURRENT_LIST_DIR}/../include ${CMAKE_CURRENT_LIST_DIR}/../../../include
      ${CMAKE_CURRENT_LIST_DIR}/../../../../include)
  mark_as_advanced(TIDEGATE_INCLUDE_FOLDER)
  target_include_directories(Tidegate::sdk INTERFACE ${TIDEGATE_INCLUDE_FOLDER})
  target_compile_features(Tidegate::sdk INTERFACE cxx_std_20)
endif()
include(GNUInstallDirs)
set(TIDEGATE_PLUGIN_DESTINATION ${CMAKE_INSTALL_LIBDIR}/tidegate/plugins)
include(${CMAKE_CURRENT_LIST_DIR}/TidegatePlugin.cmake)
